using Webstream.Grains.History.Moving;

namespace Webstream.Grains;

/// <summary>Moves the history of one stream out of or into the cluster; its key is the stream's name.</summary>
[Alias("webstream.IHistoryMoveGrain")]
public interface IHistoryMoveGrain : IGrainWithStringKey
{
    /// <inheritdoc cref="IHistoryMove.NamesAsync"/>
    /// <remarks>Of the whole cluster, whatever the key.</remarks>
    [Alias("Names")]
    Task<string[]> Names(string? after);

    /// <inheritdoc cref="IHistoryMove.ReadAsync"/>
    [Alias("Read")]
    Task<MovedPage> Read(long after);

    /// <inheritdoc cref="IHistoryMove.BeginAsync"/>
    [Alias("Begin"), ResponseTimeout("00:00:10")]
    Task<MoveResult> Begin(ulong epoch, long sequence, DateTimeOffset at, long life);

    /// <inheritdoc cref="IHistoryMove.SetAsync"/>
    [Alias("GiveSettings"), ResponseTimeout("00:00:10")]
    Task<MoveResult> GiveSettings(StreamSettings settings);

    /// <inheritdoc cref="IHistoryMove.AppendAsync"/>
    [Alias("Append"), ResponseTimeout("00:00:10")]
    Task<MoveResult> Append(MovedPage page);

    /// <inheritdoc cref="IHistoryMove.CompleteAsync"/>
    [Alias("Complete")]
    Task<MoveResult> Complete(bool closed);

    /// <inheritdoc cref="IHistoryMove.FinishAsync"/>
    [Alias("Finish"), ResponseTimeout("00:00:10")]
    Task Finish();

    /// <summary>Begins a new epoch for every stream of the cluster, whatever the key.</summary>
    /// <returns>How many streams; -1 where the history cannot do that, because it is not on disk.</returns>
    [Alias("Renew"), ResponseTimeout("00:01:00")]
    Task<int> Renew();
}
