using Webstream.Grains.History.Moving;
using Webstream.Protocol;
using EventId = Webstream.Protocol.EventId;

namespace Webstream.Grains.History.Disk;

/// <summary>Moves a stream's history in the file. What decides runs on the writer's thread.</summary>
internal sealed class DiskMove(DiskStreamHistories logs, StreamName stream) : IStreamMove
{
    // In place of the last batch, which a stream that takes no more needs not know. A new epoch makes it one that takes pushes again.
    private static readonly Guid Moved = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    /// <summary>In place of the last batch of a stream that is being moved here.</summary>
    public static readonly Guid Unfinished = new("ffffffff-ffff-ffff-ffff-fffffffffffe");

    /// <summary>Whether a stream was moved away, or is being moved here: it takes no pushes.</summary>
    public static bool IsMoved(DiskHead? head) => head?.Batch == Moved || IsUnfinished(head);

    /// <summary>Whether a stream is being moved here.</summary>
    public static bool IsUnfinished(DiskHead? head) => head?.Batch == Unfinished;

    public async Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken) =>
        logs.Streams.Find(stream) is { } head ? await logs.AskAsync(stream, head, session => session.Keys(head, first, last)) : [];

    public Task<MoveResult> BeginAsync(EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken) => logs.Writer.RunAsync(() =>
    {
        var core = logs.Core;
        var head = core.Streams.Find(stream);
        if (head is { Head: > 0 } && !IsMoved(head))
        {
            return MoveResult.NotEmpty;
        }

        if (head is null && !core.Streams.HasRoomFor(1))
        {
            return MoveResult.Full;
        }

        head ??= core.EmptyOf(stream);
        if (HistoryLives.OfMoved(head.Rank, life) is not { } rank)
        {
            return MoveResult.Older;
        }

        var begun = DiskHead.Empty(core.NewLife(), before.Epoch, rank, head.Settings) with
        {
            Head = before.Sequence,
            HeadAt = at.UtcTicks,
            Oldest = before.Sequence + 1,
            Batch = Unfinished,
        };
        core.Write(() =>
        {
            core.File.Rows.Drop(head.Life);
            core.File.Rows.Set(stream, begun);
        });
        core.Ended(head.Life);
        core.Streams.Set(stream, begun);
        return MoveResult.Done;
    });

    public Task<bool> CompleteAsync(EventId head, bool closed, CancellationToken cancellationToken) => logs.Writer.RunAsync(() =>
        Put(known => IsUnfinished(known) && new EventId(known.Epoch, known.Head) == head, known => known with { Batch = default, Rank = known.Rank + 1, End = closed ? known.Head : 0 }));

    public Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken) => logs.Writer.RunAsync(() =>
        Put(known => new EventId(known.Epoch, known.Head) == head, known => known with { Batch = Moved }));

    private bool Put(Predicate<DiskHead> may, Func<DiskHead, DiskHead> change)
    {
        var core = logs.Core;
        if (core.Streams.Find(stream) is not { } known || !may(known))
        {
            return false;
        }

        var changed = change(known);
        core.Write(() => core.File.Rows.Set(stream, changed));
        core.Streams.Set(stream, changed);
        return true;
    }
}
