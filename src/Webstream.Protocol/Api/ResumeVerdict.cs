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

    /// <summary>The id belongs to another life of the stream, or is no id at all.</summary>
    [JsonStringEnumMemberName("reset")]
    Reset,
}

/// <summary>The verdict on a resume, also the body of an event of type <c>resume</c>.</summary>
/// <param name="Status">What became of it.</param>
/// <param name="From">The id the listener came with, or had when it befell it; none when that was malformed.</param>
/// <param name="To">The stream's head at that moment.</param>
/// <param name="Replayed">How many messages follow, up to <paramref name="To"/>.</param>
/// <param name="Missed">How many are gone, when that is known.</param>
/// <param name="Reason">Why the history began anew, when that is known: <see cref="Forgotten"/>.</param>
public sealed record ResumeVerdict(ResumeStatus Status, EventId? From, EventId To, long Replayed, long? Missed = null, string? Reason = null)
{
    /// <summary>The stream had been quiet for long, and gave way to others.</summary>
    public const string Forgotten = "forgotten";

    /// <summary>
    /// Judges an id against a stream's real head and oldest retained sequence.
    /// </summary>
    /// <param name="from">What the listener has.</param>
    /// <param name="head">The stream's head.</param>
    /// <param name="oldest">The oldest retained sequence; one more than the head's when nothing is retained.</param>
    /// <param name="forgotten">The epoch of the stream that ended because it gave way to others; 0 when none is known.</param>
    public static ResumeVerdict Judge(EventId from, EventId head, long oldest, ulong forgotten = 0)
    {
        // 0-0 was handed out before the first message, so it is a position in whatever epoch began then.
        var sameLife = from.Epoch == head.Epoch || from == EventId.Zero;
        var retained = head.Sequence - oldest + 1;
        // An id ahead of the head names messages that this life never had: what the listener saw is not in it.
        if (!sameLife || from.Sequence > head.Sequence)
        {
            return new(ResumeStatus.Reset, from, head, retained, Reason: ReasonOf(from, forgotten));
        }

        var missed = oldest - 1 - from.Sequence;
        return missed > 0
            ? new(ResumeStatus.Gap, from, head, retained, missed)
            : new(ResumeStatus.Recovered, from, head, head.Sequence - from.Sequence);
    }

    /// <summary>Why the life of a position is over.</summary>
    /// <param name="from">The position.</param>
    /// <param name="forgotten">The epoch of the stream that ended because it gave way to others; 0 when none is known.</param>
    public static string? ReasonOf(EventId from, ulong forgotten) => forgotten != 0 && from.Epoch == forgotten ? Forgotten : null;

    /// <summary>The position after which the next message comes.</summary>
    [JsonIgnore]
    public EventId Start => To with { Sequence = To.Sequence - Replayed };
}
