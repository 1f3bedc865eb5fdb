using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>What moves one stream's history from one store to another, besides reading pages and appending batches.</summary>
public interface IStreamMove
{
    /// <summary>The keys whose last message is in a range of sequences.</summary>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken);

    /// <summary>
    /// Begins a history that has no messages yet: the next batch follows this position. A history that was moved away
    /// (<see cref="FinishAsync"/>) is replaced.
    /// </summary>
    /// <param name="before">The epoch, and the sequence before the first message.</param>
    /// <param name="at">When the message with that sequence was pushed.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <returns>Refused: the stream has messages. Full: there is no room for another stream.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<AppendResult> BeginAsync(EventId before, DateTimeOffset at, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the pushes to this stream, if its head is still this one: its history goes on elsewhere. Every later batch is refused
    /// (<see cref="IStreamHistory.IsMoved"/>). What is there can still be read.
    /// </summary>
    /// <returns>False when the head is another one, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken);
}
