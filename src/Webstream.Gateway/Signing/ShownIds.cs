using System.Diagnostics.CodeAnalysis;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Signing;

/// <summary>The ids of a stream as one listener sees them, and sends them back: as they are, or signed.</summary>
/// <param name="stream">The stream.</param>
/// <param name="signer">Signs them; none: they are shown as they are.</param>
internal sealed class ShownIds(StreamName stream, EventIdSigner? signer)
{
    /// <summary>An id as the listener sees it.</summary>
    public EventId Of(EventId id) => signer is null ? id : signer.Sign(stream, id);

    /// <summary>A verdict as the listener sees it.</summary>
    public ResumeVerdict Of(ResumeVerdict verdict) => signer is null ? verdict : signer.Sign(stream, verdict);

    /// <summary>Judges an id that the listener sent.</summary>
    /// <param name="sent">The id, as received.</param>
    /// <param name="status">The stream's real head, as its owner knows it.</param>
    /// <returns>The position after which its messages come, and the verdict as the listener sees it.</returns>
    public (EventId Start, ResumeVerdict Shown) Judge(string sent, StreamStatus status)
    {
        if (!EventId.TryParse(sent, out var id))
        {
            return (status.HeadId, new(ResumeStatus.Reset, null, Of(status.HeadId), 0));
        }

        if (!TryRead(id, status, out var from))
        {
            // It was signed for another epoch, or for nobody. What it missed cannot be told, and nothing is replayed.
            return (status.HeadId, new(ResumeStatus.Reset, id, Of(status.HeadId), 0, Reason: ReasonOf(id, status)));
        }

        var verdict = ResumeVerdict.Judge(from.Value, status.HeadId, status.Oldest, status.Forgotten, status.Deleted);
        if (signer is not null && verdict.Status == ResumeStatus.Reset)
        {
            // It is ahead of the head: what the listener has is gone. A replay from the beginning would be history.
            verdict = verdict with { Replayed = 0 };
        }

        return (verdict.Start, Of(verdict));
    }

    /// <summary>
    /// Whether an id is one that was given to such a listener: in the present epoch, before the stream's first message, or in an epoch that ended in order.
    /// </summary>
    /// <inheritdoc cref="Judge"/>
    public bool WasGiven(string? sent, StreamStatus status) => EventId.TryParse(sent, out var id)
        && (TryRead(id, status, out _) || signer!.IsSigned(stream, id, 0) || ReasonOf(id, status) is not null);

    /// <summary>Whether an id that the listener sent is the end of a closed stream.</summary>
    /// <inheritdoc cref="Judge"/>
    public bool IsEnd(string? sent, StreamStatus status) =>
        status.End != 0 && EventId.TryParse(sent, out var id) && TryRead(id, status, out var from) && from == new EventId(status.Epoch, status.End);

    private bool TryRead(EventId sent, StreamStatus status, [NotNullWhen(true)] out EventId? from)
    {
        from = signer is null ? sent : signer.IsSigned(stream, sent, status.Epoch) ? new(status.Epoch, sent.Sequence) : null;
        return from is not null;
    }

    private string? ReasonOf(EventId sent, StreamStatus status) =>
        status.Deleted != 0 && signer!.IsSigned(stream, sent, status.Deleted) ? ResumeVerdict.Deleted
        : status.Forgotten != 0 && signer!.IsSigned(stream, sent, status.Forgotten) ? ResumeVerdict.Forgotten
        : null;
}
