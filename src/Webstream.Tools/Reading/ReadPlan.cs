using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>What to read, and how long to wait for it.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="After">Read behind this id; null: from the oldest retained message on.</param>
/// <param name="Limit">The most messages to answer.</param>
/// <param name="Wait">How long to wait for the first.</param>
/// <param name="Filter">Which messages.</param>
internal sealed record ReadPlan(StreamName Stream, EventId? After, int Limit, TimeSpan Wait, MessageFilter Filter)
{
    /// <summary>Wait until no further message has come for so long; zero: answer at once.</summary>
    public TimeSpan Settle { get; init; }

    /// <summary>Only the newest messages, <see cref="Limit"/> of them.</summary>
    public bool Newest { get; init; }

    /// <summary>How long it takes at most.</summary>
    public TimeSpan Longest => Wait > Settle ? Wait : Settle;
}
