namespace Webstream.Gateway.Connections;

/// <summary>
/// Something that goes on for a while and shows itself again and again meanwhile. It is told when it begins, and when it is over: when it has
/// not shown itself for some seconds, and what was the matter is not so any more. Safe for any thread.
/// </summary>
internal sealed class Condition : IDisposable
{
    /// <summary>How long it must not show itself to be over.</summary>
    public static readonly TimeSpan Calm = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly TimeProvider time;
    private readonly Func<bool> isGone;
    private readonly Action over;
    private readonly ITimer timer;
    private long last;
    private bool isOn;

    /// <param name="time">The clock.</param>
    /// <param name="isGone">Whether what was the matter is not so any more.</param>
    /// <param name="over">Called when it is over.</param>
    public Condition(TimeProvider time, Func<bool> isGone, Action over)
    {
        (this.time, this.isGone, this.over) = (time, isGone, over);
        // It is only set while there is something to look at: an idle gateway shall not wake up.
        timer = time.CreateTimer(static state => ((Condition)state!).Look(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>It shows itself.</summary>
    /// <returns>Whether it has just begun.</returns>
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
