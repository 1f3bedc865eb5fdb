using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>What became of a listener that came back with an id.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ResumeStatus>))]
public enum ResumeStatus
{
    /// <summary>Everything after the id follows.</summary>
    [JsonStringEnumMemberName("recovered")]
    Recovered,

    /// <summary>The retention window had moved past the id: what is left follows, and <see cref="ResumeVerdict.Missed"/> messages are gone.</summary>
    [JsonStringEnumMemberName("gap")]
    Gap,

    /// <summary>The id belongs to another epoch of the stream, or is not an id.</summary>
    [JsonStringEnumMemberName("reset")]
    Reset,
}

/// <summary>The verdict on a resume, also the body of an event of type <c>resume</c>.</summary>
/// <param name="Status">The result.</param>
/// <param name="From">The id that the listener sent or, within a connection, had reached; null when the id was malformed.</param>
/// <param name="To">The stream's head at that moment.</param>
/// <param name="Replayed">How many messages follow, up to <paramref name="To"/>.</param>
/// <param name="Missed">How many messages are gone, when that is known.</param>
/// <param name="Reason">Why the history began again, when that is known: <see cref="Forgotten"/>, <see cref="Deleted"/>.</param>
public sealed record ResumeVerdict(ResumeStatus Status, EventId? From, EventId To, long Replayed, long? Missed = null, string? Reason = null)
{
    /// <summary>The stream had been quiet for long, and was evicted in favour of others.</summary>
    public const string Forgotten = "forgotten";

    /// <summary>Somebody deleted the stream's history.</summary>
    public const string Deleted = "deleted";

    /// <summary>
    /// Judges an id against a stream's real head and oldest retained sequence.
    /// </summary>
    /// <param name="from">The id of the last message that the listener has.</param>
    /// <param name="head">The stream's head.</param>
    /// <param name="oldest">The oldest retained sequence; one more than the head's when nothing is retained.</param>
    /// <param name="forgotten">The epoch of the stream that ended because it gave way to others; 0 when none is known.</param>
    /// <param name="deleted">The epoch of the stream that ended because it was deleted; 0 when none is known.</param>
    public static ResumeVerdict Judge(EventId from, EventId head, long oldest, ulong forgotten = 0, ulong deleted = 0)
    {
        // Listeners got 0-0 before the first message, so it is a position in the epoch that began with that message.
        var sameLife = from.Epoch == head.Epoch || from == EventId.Zero;
        var retained = head.Sequence - oldest + 1;
        // An id ahead of the head names messages that this epoch never had: the listener saw messages that are not in it.
        if (!sameLife || from.Sequence > head.Sequence)
        {
            return new(ResumeStatus.Reset, from, head, retained, Reason: ReasonOf(from, forgotten, deleted));
        }

        var missed = oldest - 1 - from.Sequence;
        return missed > 0
            ? new(ResumeStatus.Gap, from, head, retained, missed)
            : new(ResumeStatus.Recovered, from, head, head.Sequence - from.Sequence);
    }

    /// <summary>Why the epoch of a position has ended; null when that is not known.</summary>
    /// <param name="from">The position.</param>
    /// <param name="forgotten">The epoch of the stream that ended because it gave way to others; 0 when none is known.</param>
    /// <param name="deleted">The epoch of the stream that ended because it was deleted; 0 when none is known.</param>
    public static string? ReasonOf(EventId from, ulong forgotten, ulong deleted = 0) =>
        from.Epoch == 0 ? null : from.Epoch == deleted ? Deleted : from.Epoch == forgotten ? Forgotten : null;

    /// <summary>The position after which the next message comes.</summary>
    [JsonIgnore]
    public EventId Start => To with { Sequence = To.Sequence - Replayed };
}
