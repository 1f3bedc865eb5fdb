using Webstream.Protocol;

namespace Webstream.Grains.History.Moving;

/// <summary>A store that histories are moved out of or into: a file that nobody else has open, or a running cluster.</summary>
public interface IHistoryMove
{
    /// <summary>The names of streams that have history or settings, in order.</summary>
    /// <param name="after">Only names after this one; none: from the beginning.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>At most a thousand; none after the last one.</returns>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task<IReadOnlyList<StreamName>> NamesAsync(string? after, CancellationToken cancellationToken);

    /// <summary>A page of a stream's retained messages, with their keys.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="after">The sequence after which the page begins.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task<MovedPage> ReadAsync(StreamName stream, long after, CancellationToken cancellationToken);

    /// <summary>Begins a stream that has no messages: see <see cref="IStreamMove.BeginAsync"/>.</summary>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task<MoveResult> BeginAsync(StreamName stream, EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken);

    /// <summary>Gives a stream settings, if it has none of its own.</summary>
    /// <returns>Done, also when it has its own; full: there is no room for another stream.</returns>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task<MoveResult> SetAsync(StreamName stream, StreamSettings settings, CancellationToken cancellationToken);

    /// <summary>Appends a page to a stream that this move began.</summary>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task<MoveResult> AppendAsync(StreamName stream, MovedPage page, CancellationToken cancellationToken);

    /// <summary>The stream is complete: whoever owns it reads it anew, and whoever listens to it learns of its messages.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="closed">Its head is the end mark, also where that is not retained any more.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Done; not empty: the stream is not as this move left it, or the move had not begun it.</returns>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task<MoveResult> CompleteAsync(StreamName stream, bool closed, CancellationToken cancellationToken);

    /// <summary>Ends the pushes to a stream: its history goes on elsewhere.</summary>
    /// <exception cref="HistoryAwayException">The history does not answer.</exception>
    Task FinishAsync(StreamName stream, CancellationToken cancellationToken);

    /// <summary>Begins a new epoch for every stream; messages stay.</summary>
    /// <returns>How many streams.</returns>
    /// <exception cref="NotSupportedException">This store cannot.</exception>
    Task<int> RenewAsync(CancellationToken cancellationToken);

    /// <summary>The rules that streams have of their own.</summary>
    /// <exception cref="HistoryAwayException">The store does not answer.</exception>
    Task<RuleList> RulesAsync(CancellationToken cancellationToken);

    /// <summary>Gives a stream a rule. Where it has one of its own that is stricter, that stays.</summary>
    /// <exception cref="HistoryAwayException">The store does not answer.</exception>
    Task<RuleOutcome> SetRuleAsync(StreamName stream, OwnRule rule, CancellationToken cancellationToken);

    /// <summary>Waits until nobody lets anybody read by the rules of before.</summary>
    Task SettleRulesAsync(CancellationToken cancellationToken);
}
