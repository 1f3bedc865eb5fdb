using Webstream.Grains.History.Moving;
using Webstream.Protocol;
using EventId = Webstream.Protocol.EventId;

namespace Webstream.Grains.History.Disk;

/// <summary>Moves a stream's history in the file. What decides runs on the writer's thread.</summary>
internal sealed class DiskMove(DiskStreamHistories logs, StreamName stream) : IStreamMove
{
    // In place of the last batch, which a stream that takes no more needs not know. A new epoch makes it one that takes pushes again.
    private static readonly Guid Moved = new("ffffffff-ffff-ffff-ffff-ffffffffffff");

    /// <summary>Whether a stream was moved away.</summary>
    public static bool IsMoved(DiskHead? head) => head?.Batch == Moved;

    public async Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken) =>
        logs.Streams.Find(stream) is { } head ? await logs.AskAsync(stream, head, session => session.Keys(head, first, last)) : [];

    public Task<AppendResult> BeginAsync(EventId before, DateTimeOffset at, CancellationToken cancellationToken) => logs.Writer.RunAsync(() =>
    {
        var core = logs.Core;
        var head = core.Streams.Find(stream);
        if (head is { Head: > 0 } && !IsMoved(head))
        {
            return AppendResult.Refused;
        }

        if (head is null && !core.Streams.HasRoomFor(1))
        {
            return AppendResult.Full;
        }

        head ??= core.EmptyOf(stream);
        var begun = DiskHead.Empty(core.NewLife(), before.Epoch, Math.Max(head.Rank, 1) + 1, head.Settings) with
        {
            Head = before.Sequence,
            HeadAt = at.UtcTicks,
            Oldest = before.Sequence + 1,
        };
        core.Write(() =>
        {
            core.File.Rows.Drop(head.Life);
            core.File.Rows.Set(stream, begun);
        });
        core.Ended(head.Life);
        core.Streams.Set(stream, begun);
        return AppendResult.Appended;
    });

    public Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken) => logs.Writer.RunAsync(() =>
    {
        var core = logs.Core;
        if (core.Streams.Find(stream) is not { } known || new EventId(known.Epoch, known.Head) != head)
        {
            return false;
        }

        var moved = known with { Batch = Moved };
        core.Write(() => core.File.Rows.Set(stream, moved));
        core.Streams.Set(stream, moved);
        return true;
    });
}
