using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>The history of one stream in the file, as one owner of the stream has it.</summary>
internal sealed class DiskStreamHistory(DiskStreamHistories logs, StreamName stream) : IStreamHistory
{
    // The epoch that this owner writes; 0 until it knows one.
    private ulong mine;

    public HistoryRange Range => logs.RangeOf(stream);

    public ulong Forgotten => logs.Streams.Ended.Of(stream).Forgotten;

    public ulong Deleted => logs.Streams.Ended.Of(stream).Deleted;

    public StreamSettings Settings => logs.SettingsOf(stream);

    public string? Founder => logs.Streams.Find(stream)?.Founder?.Name;

    public bool AsksForKeys => true;

    public bool IsMoved => DiskMove.IsMoved(logs.Streams.Find(stream));

    public async Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken)
    {
        // The writer may be at the stream's last batch. What stands behind that is what the next owner finds.
        mine = (await logs.Writer.RunAsync(() => logs.Streams.Find(stream)))?.Epoch ?? 0;
        return [];
    }

    public async ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken)
    {
        var result = await logs.Writer.AppendAsync(stream, batch);
        // The first batch brings the epoch with it.
        mine = result == AppendResult.Appended ? batch.Epoch : mine;
        return result;
    }

    public async ValueTask TrimAsync(CancellationToken cancellationToken)
    {
        Known();
        await logs.Writer.TrimAsync(stream);
    }

    public async ValueTask<KeyRecord?[]> FindKeysAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) =>
        Known() is { } head ? await logs.AskAsync(stream, head, session => session.Find(head, keys)) : new KeyRecord?[keys.Count];

    public async ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        if (Known() is not { } head || Math.Max(query.After, head.Oldest - 1) >= head.Head || query.MaxMessages <= 0)
        {
            return [];
        }

        // A message that is too old, and not trimmed yet, is given all the same, as with Redis.
        query = query with { After = Math.Max(query.After, head.Oldest - 1), MaxBytes = Math.Max(query.MaxBytes, 1) };
        var page = await logs.AskAsync(stream, head, session => session.Page(stream, head, query));
        var next = page.Count > 0 ? page[0].Id.Sequence : head.Head + 1;
        var ended = page.Count < query.MaxMessages && page.Sum(message => (long)message.Size) < query.MaxBytes;
        if (page.Count > 0 && next == query.After + 1 && (!ended || page[^1].Id.Sequence == head.Head))
        {
            return [.. page];
        }

        // Messages are missing. They may have been trimmed since, which the writer knows exactly.
        var now = await logs.Writer.RunAsync(() => logs.Streams.Find(stream));
        if (now?.Life != head.Life || now.Epoch != head.Epoch)
        {
            throw DiskStreamHistories.OtherOwner(stream);
        }

        return next <= Math.Max(query.After + 1, now.Oldest) && (page.Count == 0 || !ended || page[^1].Id.Sequence == head.Head)
            ? [.. page]
            : throw await logs.DamagedAsync(stream, head, $"Messages after {query.After} are missing.");
    }

    public async ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) =>
        seen.Epoch != 0 && await logs.Writer.RunAsync(() => logs.Changes.DeclareSeen(stream, seen));

    public async ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken)
    {
        if (head.Epoch == 0 || !await logs.Writer.RunAsync(() => logs.Changes.Forget(stream, head)))
        {
            return false;
        }

        mine = 0;
        return true;
    }

    public async ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken)
    {
        if (!await logs.Writer.RunAsync(() => logs.Changes.Delete(stream, head, epoch, life)))
        {
            return false;
        }

        mine = epoch;
        return true;
    }

    public async ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken)
    {
        Known();
        if (!await logs.Writer.RunAsync(() => logs.Changes.Set(stream, settings)))
        {
            return false;
        }

        // They may be tighter than those before.
        await logs.Writer.TrimAsync(stream);
        return true;
    }

    /// <summary>All keys of the retained messages, in their order.</summary>
    internal async Task<IReadOnlyList<KeyRecord>> KeysAsync() =>
        Known() is { } head ? await logs.AskAsync(stream, head, session => session.Keys(head, 0, long.MaxValue)) : [];

    // The history may have lost its tail, or be damaged, and go on in another epoch: that is for another owner.
    private DiskHead? Known()
    {
        var head = logs.Streams.Find(stream);
        return head is null || mine == 0 || head.Epoch == mine || head.Epoch == 0 ? head : throw DiskStreamHistories.OtherOwner(stream);
    }
}
