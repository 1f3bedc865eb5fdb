using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>What moves one stream's history from one store to another, besides reading pages and appending batches.</summary>
public interface IStreamMove
{
    /// <summary>The keys whose last message is in a range of sequences.</summary>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken);

    /// <summary>
    /// Begins a history that has no messages yet: the next batch follows this position. Until <see cref="CompleteAsync"/> it takes no pushes. A
    /// history that was moved away (<see cref="FinishAsync"/>), or whose move was not completed, is replaced.
    /// </summary>
    /// <param name="before">The epoch, and the sequence before the first message.</param>
    /// <param name="at">When the message with that sequence was pushed.</param>
    /// <param name="life">The epoch's <see cref="HistoryRange.Life"/> where it comes from; 0: the epoch is a new one.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<MoveResult> BeginAsync(EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken);

    /// <summary>Ends the move into this history, if its head is still this one: it takes pushes from now on, unless it is closed.</summary>
    /// <param name="head">The head.</param>
    /// <param name="closed">The head is the end mark, also where that is not retained any more.</param>
    /// <param name="cancellationToken">Ends the wait for the history.</param>
    /// <returns>False when the head is another one, or no move had begun, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<bool> CompleteAsync(EventId head, bool closed, CancellationToken cancellationToken);

    /// <summary>
    /// Ends the pushes to this stream, if its head is still this one: its history goes on elsewhere. Every later batch is refused
    /// (<see cref="IStreamHistory.IsMoved"/>). What is there can still be read.
    /// </summary>
    /// <returns>False when the head is another one, and nothing was changed.</returns>
    /// <exception cref="HistoryAwayException">The history did not answer.</exception>
    Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken);
}
