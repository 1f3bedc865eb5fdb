namespace Webstream.Gateway.Streams;

/// <summary>Something that fails for a while: reported once when it begins and once when it is over, however often it is tried.</summary>
/// <param name="begun">Called with the reason at the first failure.</param>
/// <param name="over">Called with the number of failures at the first success after that.</param>
internal sealed class Trouble(Action<string> begun, Action<long> over)
{
    private long failures;

    /// <summary>It has failed. The text of some failures is a whole trace; its first line is the reason.</summary>
    public void Failed(Exception failure) => Failed(failure.Message.Split(['\r', '\n'], 2)[0]);

    /// <summary>It has failed.</summary>
    /// <param name="reason">Why.</param>
    public void Failed(string reason)
    {
        if (Interlocked.Increment(ref failures) == 1)
        {
            begun(reason);
        }
    }

    /// <summary>It has worked.</summary>
    public void Worked()
    {
        if (Volatile.Read(ref failures) > 0 && Interlocked.Exchange(ref failures, 0) is > 0 and var count)
        {
            over(count);
        }
    }
}
