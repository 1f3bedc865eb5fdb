namespace Webstream.Gateway.Ending;

/// <summary>Tells what fails for good from what fails for a moment. Not for several threads at once.</summary>
internal sealed class LastingFailure(TimeProvider time)
{
    /// <summary>For how long nothing but failures must come ...</summary>
    public static readonly TimeSpan Long = TimeSpan.FromSeconds(30);

    /// <summary>... and how many, to be for good.</summary>
    public const int Many = 20;

    private long since;
    private int count;

    /// <summary>It went well.</summary>
    public void Succeeded() => count = 0;

    /// <summary>It failed once more.</summary>
    /// <returns>Whether that is for good.</returns>
    public bool IsLasting()
    {
        if (count == 0)
        {
            since = time.GetTimestamp();
        }

        return ++count >= Many && time.GetElapsedTime(since) >= Long;
    }
}
