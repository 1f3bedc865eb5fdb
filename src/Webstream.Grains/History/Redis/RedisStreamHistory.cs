using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>A stream's history in Redis, where a message's id is its sequence. Survives every silo.</summary>
internal sealed class RedisStreamHistory : IStreamHistory
{
    // A stream may be over its bounds by one part in 128 before an append trims it. So a stream of single pushes is trimmed once for many of
    // them. The owner's heartbeat trims the rest.
    private const int Slack = 128;

    private readonly RedisStreamHistories logs;
    private readonly StreamName stream;
    private readonly RedisKey[] keys;
    private readonly RedisPageReader reader;
    private volatile StreamMeta meta = StreamMeta.None;
    private volatile StreamSettings settings = StreamSettings.None;
    private ulong writing;
    private Guid claimed;
    private bool appending;
    private bool listed;

    public RedisStreamHistory(RedisStreamHistories logs, StreamName stream)
    {
        (this.logs, this.stream) = (logs, stream);
        keys = logs.KeysOf(stream);
        reader = new(logs, stream, keys);
    }

    public HistoryRange Range => meta.Range;

    public ulong Forgotten => meta.Gone;

    public string? Founder => meta.Founder?.Name;

    public bool IsMoved => meta.IsMoved;

    public ulong Deleted => meta.Deleted;

    public StreamSettings Settings => settings;

    /// <summary>The trimming that the last append started. The pusher does not wait for it.</summary>
    internal Task Trimmed { get; private set; } = Task.CompletedTask;

    private HistoryBounds Bounds => logs.Rules.Of(stream, settings);

    public async Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken)
    {
        settings = await logs.SettingsOfAsync(stream, cancellationToken);
        meta = await OpenedAsync();
        return await logs.AskAsync(stream, HistoryPart.Reading, async redis =>
            Array.ConvertAll(await redis.StreamRangeAsync(keys[2]), entry => RedisEntries.Key(entry, stream)));
    }

    public async ValueTask TrimAsync(CancellationToken cancellationToken)
    {
        var trimmed = await logs.TrimAsync(stream);
        RefuseOtherOwner(RedisEntries.Epoch(trimmed.Epoch));
        Take(trimmed);
        // An append has claimed a place that a state from before it would free again; the append itself tells the list.
        if (trimmed.Epoch is not null && !appending)
        {
            logs.Index.Note(stream, trimmed, atOnce: false);
        }
    }

    public async ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken)
    {
        appending = true;
        try
        {
            return await AppendAsync(batch);
        }
        finally
        {
            appending = false;
        }
    }

    private async Task<AppendResult> AppendAsync(HistoryBatch batch)
    {
        // The first batch brings the epoch with it. On a retry it has its place already.
        var begins = meta.Head == 0 && writing != batch.Epoch;
        var (founder, claim) = ClaimOf(batch);
        if ((begins || claim is not null) && claimed != batch.Id)
        {
            if (await AdmitAsync(claim) is { } refusal)
            {
                return refusal;
            }

            claimed = batch.Id;
        }

        writing = batch.Epoch;
        var (arguments, weight) = RedisEntries.Arguments(batch, Bounds.Retention);
        if (founder != meta.Founder)
        {
            arguments = [.. arguments, founder?.Name ?? "", founder?.Bytes is { } most ? most : ""];
        }

        StreamMeta appended;
        try
        {
            var answer = (RedisResult[])(await logs.AskAsync(
                stream, HistoryPart.Appending, redis => redis.ScriptEvaluateAsync(RedisScripts.Append, keys, arguments)))!;
            if ((int)answer[0] == RedisScripts.Ended)
            {
                return AppendResult.Ended;
            }

            if ((int)answer[0] != RedisScripts.Appended)
            {
                await RefuseAsync(batch, answer);
                return AppendResult.Refused;
            }

            appended = Appended(batch, answer) with { Founder = founder };
        }
        catch (HistoryAwayException away) when (away.Refusal is not null)
        {
            appended = await FoundInAsync(batch, away, begins, claim is not null);
        }
        catch (HistoryAwayException away) when (!away.MaybeIn)
        {
            Release(begins, claim is not null);
            throw;
        }

        Take(appended);
        logs.Index.Note(stream, appended, atOnce: !listed, weight);
        listed = true;
        if (IsOver(appended) && Trimmed.IsCompleted)
        {
            Trimmed = TrimBehindAsync();
        }

        return AppendResult.Appended;
    }

    public async ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        // Clamp to the head first: the largest sequence has no successor.
        var page = await reader.ReadAsync(query with { After = Math.Clamp(query.After, 0, Range.Head) }, RefuseOtherOwner);
        SeeOldest(query.After, page);
        return [.. page];
    }

    public async ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) =>
        seen.Epoch != 0 && await BeginEpochAsync(RedisEntries.Epoch(seen.Epoch), seen.Sequence);

    public async ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken)
    {
        var forgotten = (int)await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisScripts.Forget, keys, [RedisEntries.Epoch(head.Epoch), head.Sequence, (long)RedisStreamHistories.RememberForgotten.TotalMilliseconds])) == 1;
        if (forgotten)
        {
            (meta, listed) = (StreamMeta.None with { Gone = head.Epoch, Deleted = meta.Deleted, Life = HistoryLives.After(meta.Life) }, false);
            await logs.Index.DropAsync(stream);
        }

        return forgotten;
    }

    public async ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken)
    {
        var deleted = (int)await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisScripts.Delete,
            keys,
            [RedisEntries.Epoch(head.Epoch), head.Sequence, RedisEntries.Epoch(epoch), life, (long)RedisStreamHistories.RememberEpoch.TotalMilliseconds])) == 1;
        if (deleted)
        {
            (meta, writing, listed) = (StreamMeta.None with { Epoch = RedisEntries.Epoch(epoch), Gone = meta.Gone, Deleted = head.Epoch, Life = life }, 0, false);
            await logs.Index.DropAsync(stream);
        }

        return deleted;
    }

    public async ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken)
    {
        // The place first: settings without one would not be counted.
        if (!settings.IsNone && !await logs.Index.KeepAsync(stream))
        {
            return false;
        }

        var retention = logs.Rules.Of(stream, settings).Retention;
        await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisScripts.Set,
            keys,
            [
                (long)retention.TotalMilliseconds,
                (long)(retention + RedisStreamHistories.RememberEpoch).TotalMilliseconds,
                .. RedisStreamSettings.Arguments(settings),
            ]));
        this.settings = settings;
        if (settings.IsNone)
        {
            await logs.Index.ReleaseAsync(stream, meta);
        }

        await TrimBehindAsync();
        return true;
    }

    // An owner can take over and read a history even if Redis refuses to trim it.
    private async Task<StreamMeta> OpenedAsync()
    {
        try
        {
            return await logs.TrimAsync(stream);
        }
        catch (HistoryAwayException away) when (away.Refusal is not null)
        {
            return await logs.MetaAsync(stream);
        }
    }

    // The claim is none where nothing must be asked: the stream counts for nobody, or its place is counted and its key has no quota of bytes. Then
    // the list learns a moment later what it retains.
    private (Founder? Founder, QuotaClaim? Claim) ClaimOf(HistoryBatch batch)
    {
        var known = meta;
        if (known.Founder is null && batch.Pushers.Count == 0)
        {
            return (null, null);
        }

        var bounds = Bounds;
        var retained = known.At(logs.Clock.GetUtcNow(), bounds.Retention).RetainedMessages;
        var claim = QuotaClaim.Of(batch, known.Founder, retained, known.RetainedBytes, bounds.Bytes + (bounds.Bytes / Slack));
        return (batch.FounderOf(known.Founder, begins: retained == 0), retained == 0 || claim?.MostBytes is not null ? claim : null);
    }

    private async Task<AppendResult?> AdmitAsync(QuotaClaim? claim)
    {
        try
        {
            return await logs.Index.AdmitAsync(stream, claim);
        }
        catch (HistoryAwayException away)
        {
            // Nothing of the batch was sent yet.
            throw new HistoryAwayException(away.Message, maybeIn: false) { Refusal = away.Refusal, Redis = away.Redis };
        }
    }

    private async Task RefuseAsync(HistoryBatch batch, RedisResult[] answer)
    {
        logs.Metrics.Refused();
        // If the head is behind what this writer has committed, the tail was lost.
        await ((int)answer[0] == RedisScripts.Disagree
            ? BeginEpochAsync((string)answer[1]!, seen: 0)
            : BeginEpochAsync(RedisEntries.Epoch(batch.Epoch), batch.First - 1));
    }

    // Redis refused the script at some point. The batch is in if the hash says so. If the hash cannot be read, the outcome is unknown.
    private async Task<StreamMeta> FoundInAsync(HistoryBatch batch, HistoryAwayException away, bool begins, bool claims)
    {
        RedisValue[] found;
        try
        {
            found = await AskAsync(redis => redis.HashGetAsync(keys[0], [.. StreamMeta.Fields, "batch"]));
        }
        catch (HistoryAwayException)
        {
            throw new HistoryAwayException(away.Message, away.MaybeIn || !away.Redis!.IsBeforeWriting) { Refusal = away.Refusal, Redis = away.Redis };
        }

        var meta = RedisStreamHistories.Readable(stream, StreamMeta.Of(found));
        if (found[^1] == RedisEntries.Batch(batch) && meta.Epoch == RedisEntries.Epoch(batch.Epoch))
        {
            return meta;
        }

        if (!away.MaybeIn)
        {
            Release(begins, claims);
        }

        throw away;
    }

    // The batch is surely not in: the list has counted what it would have added.
    private void Release(bool begins, bool claims)
    {
        if (begins)
        {
            logs.Index.NoteGone(stream);
        }
        else if (claims)
        {
            logs.Index.Note(stream, meta, atOnce: false);
        }
    }

    // Whatever its outcome, the push that caused it is answered.
    private async Task TrimBehindAsync()
    {
        try
        {
            await TrimAsync(CancellationToken.None);
        }
        catch (HistoryAwayException)
        {
            // Logged where it happened. The owner's heartbeat tries again.
        }
    }

    private bool IsOver(StreamMeta now)
    {
        var bounds = Bounds;
        return now.Oldest is null
            || now.RetainedMessages > bounds.Messages + (bounds.Messages / Slack)
            || (now.RetainedBytes > bounds.Bytes + (bounds.Bytes / Slack) && now.RetainedMessages > 1);
    }

    private StreamMeta Appended(HistoryBatch batch, RedisResult[] answer) => new(
        (string)answer[1]!,
        (long)answer[2],
        RedisEntries.Time(batch.Messages[^1].Timestamp),
        meta.Gone,
        (long)answer[3],
        (long)answer[4],
        StreamMeta.Number((RedisValue)answer[5]),
        StreamMeta.Number((RedisValue)answer[6]),
        StreamMeta.Number((RedisValue)answer[7]) ?? 0,
        StreamMeta.Number((RedisValue)answer[8]) ?? 0,
        meta.Epoch is null && batch.Life != 0 ? batch.Life : meta.Life,
        batch.Ends ? batch.Last : 0,
        meta.Deleted,
        (long)Bounds.Retention.TotalMilliseconds);

    // Answers come in the order of the requests, except when the connection was replaced meanwhile.
    private void Take(StreamMeta now)
    {
        if (now.Epoch != meta.Epoch || now.Head >= meta.Head)
        {
            meta = now;
        }
    }

    // Another silo may have trimmed messages, because all streams together were too large. A page is the first to show it.
    private void SeeOldest(long after, List<StreamMessage> page)
    {
        var known = meta;
        var first = page.Count > 0 ? page[0].Id.Sequence : known.Head + 1;
        if (known.Oldest is { } oldest && first > Math.Max(after + 1, oldest) && (page.Count > 0 || after < known.Head))
        {
            meta = known with { Oldest = first, OldestAt = page.Count > 0 ? RedisEntries.Time(page[0].Timestamp) : null };
        }
    }

    // The first batch brings the epoch with it. Until its answer arrives, the history may have no epoch or this one.
    private void RefuseOtherOwner(ulong epoch)
    {
        if (epoch != Range.Epoch && (Range.Epoch != 0 || epoch != writing))
        {
            throw new HistoryAwayException($"The log of stream {stream} belongs to another epoch.", maybeIn: false) { OtherOwner = true };
        }
    }

    private async Task<bool> BeginEpochAsync(string epoch, long seen) =>
        (int)await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisScripts.BeginEpoch, keys, [epoch, seen, RedisEntries.Epoch(EventId.NewEpoch()), RedisEntries.Time(logs.Clock.GetUtcNow())])) == 1;

    private Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question) => logs.Link.AskAsync(question);
}
