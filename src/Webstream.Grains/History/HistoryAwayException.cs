using Webstream.Grains.Trial;

namespace Webstream.Grains.History;

/// <summary>The history did not answer, or refused the request.</summary>
[GenerateSerializer, Alias("webstream.LogAwayException")]
public sealed class HistoryAwayException : Exception
{
    /// <param name="message">What is away.</param>
    /// <param name="maybeIn">The append may have succeeded all the same.</param>
    /// <param name="cause">What the connection said.</param>
    public HistoryAwayException(string message, bool maybeIn, Exception? cause = null)
        : base(message, cause) => MaybeIn = maybeIn;

    /// <summary>It is not known whether the append succeeded: send it again unchanged. False: it surely did not.</summary>
    [Id(0)]
    public bool MaybeIn { get; }

    /// <summary>The history answered, but another owner has begun a new epoch in it.</summary>
    [Id(1)]
    public bool OtherOwner { get; init; }

    /// <summary>
    /// Why the history refuses, for people: a sentence without its full stop. The history did answer, and refuses every retry until somebody
    /// mends the cause: a retry in a moment is of no use. None: it did not answer, or the trouble passes soon.
    /// </summary>
    [Id(2)]
    public string? Refusal { get; init; }

    /// <summary>The refusal of Redis, known only in the process that asked Redis.</summary>
    [field: NonSerialized]
    internal RedisRefusal? Redis { get; init; }
}
