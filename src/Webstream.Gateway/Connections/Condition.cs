namespace Webstream.Gateway.Connections;

/// <summary>
/// A condition that lasts for a while and shows itself repeatedly meanwhile. Its begin and its end are reported. It is over when it has not
/// shown itself for some seconds and its cause is gone. Safe for any thread.
/// </summary>
internal sealed class Condition : IDisposable
{
    /// <summary>For how long the condition must not show itself before it is over.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Func<bool> isGone;
    private readonly Action over;
    private readonly ITimer timer;
    private long last;
    private bool isOn;

    /// <param name="time">The clock.</param>
    /// <param name="isGone">Whether the condition's cause is gone.</param>
    /// <param name="over">Called when the condition is over.</param>
    public Condition(TimeProvider time, Func<bool> isGone, Action over)
    {
        (this.time, this.isGone, this.over) = (time, isGone, over);
        // The timer is set only while the condition lasts: an idle gateway shall not wake up.
        timer = time.CreateTimer(static state => ((Condition)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The condition shows itself.</summary>
    /// <returns>Whether the condition has just begun.</returns>
    public bool Show()
    {
        lock (gate)
        {
            last = time.GetTimestamp();
            if (isOn)
            {
                return false;
            }

            isOn = true;
            timer.Change(Calm, Timeout.InfiniteTimeSpan);
            return true;
        }
    }

    public void Dispose() => timer.Dispose();

    private void Look()
    {
        var gone = isGone();
        lock (gate)
        {
            var left = Calm - time.GetElapsedTime(last);
            if (left > TimeSpan.Zero || !gone)
            {
                timer.Change(left > TimeSpan.Zero ? left : Calm, Timeout.InfiniteTimeSpan);
                return;
            }

            isOn = false;
        }

        over();
    }
}
