namespace Webstream.Grains.Log;

/// <summary>The log did not answer.</summary>
[GenerateSerializer, Alias("webstream.LogAwayException")]
public sealed class LogAwayException : Exception
{
    /// <param name="message">What is away.</param>
    /// <param name="maybeIn">An append may have gone in all the same.</param>
    /// <param name="cause">What the connection said.</param>
    public LogAwayException(string message, bool maybeIn, Exception? cause = null)
        : base(message, cause) => MaybeIn = maybeIn;

    /// <summary>It is not known whether the append went in: send it again unchanged. Else it did surely not.</summary>
    [Id(0)]
    public bool MaybeIn { get; }

    /// <summary>The log answered, but another owner has begun a new epoch in it.</summary>
    [Id(1)]
    public bool OtherOwner { get; init; }
}
