using Webstream.Grains.Trial;

namespace Webstream.Grains.History;

/// <summary>The log did not answer, or answered that it does not do what it was asked for.</summary>
[GenerateSerializer, Alias("webstream.LogAwayException")]
public sealed class HistoryAwayException : Exception
{
    /// <param name="message">What is away.</param>
    /// <param name="maybeIn">An append may have gone in all the same.</param>
    /// <param name="cause">What the connection said.</param>
    public HistoryAwayException(string message, bool maybeIn, Exception? cause = null)
        : base(message, cause) => MaybeIn = maybeIn;

    /// <summary>It is not known whether the append went in: send it again unchanged. Else it did surely not.</summary>
    [Id(0)]
    public bool MaybeIn { get; }

    /// <summary>The log answered, but another owner has begun a new epoch in it.</summary>
    [Id(1)]
    public bool OtherOwner { get; init; }

    /// <summary>
    /// Why the log refuses, for people: a sentence without its full stop. It did answer, and will say the same again until somebody changes
    /// what is wrong: asking again in a moment is of no use. None: it did not answer, or will soon.
    /// </summary>
    [Id(2)]
    public string? Refusal { get; init; }

    /// <summary>What Redis said, in the process that asked it.</summary>
    [field: NonSerialized]
    internal RedisRefusal? Redis { get; init; }
}
