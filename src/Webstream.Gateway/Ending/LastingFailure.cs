namespace Webstream.Gateway.Ending;

/// <summary>Tells lasting failures from passing ones. Not for several threads at once.</summary>
internal sealed class LastingFailure(TimeProvider time)
{
    /// <summary>A failure is lasting when nothing but failures came for this long ...</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>... and when at least so many came.</summary>
    public const int Many = 20;

    private long since;
    private int count;

    /// <summary>The operation succeeded.</summary>
    public void Succeeded() => count = 0;

    /// <summary>The operation failed once more.</summary>
    /// <returns>Whether the failure is lasting.</returns>
    public bool IsLasting()
    {
        if (count == 0)
        {
            since = time.GetTimestamp();
        }

        return ++count >= Many && time.GetElapsedTime(since) >= Long;
    }
}
