using System.Globalization;
using System.Text.Json;
using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.Log.Redis;

/// <summary>A stream's history in Redis, where a message's id is its sequence. Survives every silo.</summary>
internal sealed class RedisStreamLog : IStreamLog
{
    private readonly RedisStreamLogs logs;
    private readonly StreamName stream;
    private readonly RedisKey[] keys;
    private ulong writing;

    public RedisStreamLog(RedisStreamLogs logs, StreamName stream)
    {
        (this.logs, this.stream) = (logs, stream);
        // The braces put the keys of a stream into one slot of a Redis cluster.
        keys = [Key("meta"), Key("log"), Key("keys"), Key("gone")];
        RedisKey Key(string part) => $"{logs.Prefix}:{{{stream.Value}}}:{part}";
    }

    public LogRange Range { get; private set; } = LogRange.Empty;

    public ulong Forgotten { get; private set; }

    private RedisKey LogKey => keys[1];

    private RedisKey KeysKey => keys[2];

    private LogOptions Options => logs.Options;

    public async Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken)
    {
        (Range, Forgotten) = await FindAsync();
        var entries = await AskAsync(redis => redis.StreamRangeAsync(KeysKey));
        return Array.ConvertAll(entries, entry => RedisEntries.Key(entry));
    }

    public async ValueTask<FoundLog> FindAsync() =>
        new(await TrimmedAsync(), RedisEntries.Epoch((await AskAsync(redis => redis.StringGetAsync(keys[3]))).ToString()));

    public async ValueTask TrimAsync(CancellationToken cancellationToken)
    {
        var range = await TrimmedAsync();
        RefuseOtherOwner(range.Epoch);
        Range = range;
    }

    public async ValueTask<AppendResult> AppendAsync(LogBatch batch, CancellationToken cancellationToken)
    {
        writing = batch.Epoch;
        var answer = (RedisResult[])(await AskAsync(redis => redis.ScriptEvaluateAsync(RedisScripts.Append, keys, Arguments(batch))))!;
        var (result, epoch, head) = ((int)answer[0], (string)answer[1]!, (long)answer[2]);
        if (result == RedisScripts.Appended)
        {
            Range = RedisEntries.Range(epoch, head, RedisEntries.Time(batch.Messages[^1].Timestamp), (long)answer[3], answer[4]);
            return AppendResult.Appended;
        }

        logs.Metrics.Refused();
        // Where the head is behind what this writer has committed, the tail is lost.
        await (result == RedisScripts.Disagree
            ? BeginEpochAsync(epoch, seen: 0)
            : BeginEpochAsync(RedisEntries.Epoch(batch.Epoch), batch.First - 1));
        return AppendResult.Refused;
    }

    public async ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken)
    {
        var page = new List<StreamMessage>();
        // Cut to the head first: the largest id there is has no next one.
        var (after, bytes) = (Math.Clamp(query.After, 0, Range.Head), 0);
        while (page.Count < query.MaxMessages && (page.Count == 0 || bytes < query.MaxBytes))
        {
            var count = Math.Min(query.MaxMessages - page.Count, RedisEntries.ChunkOf(query.MaxBytes - bytes, page));
            var (epoch, entries) = await ReadChunkAsync(after + 1, count);
            RefuseOtherOwner(epoch);
            foreach (var entry in entries)
            {
                var message = RedisEntries.Message(entry, epoch, stream);
                if (page.Count > 0 && bytes >= query.MaxBytes)
                {
                    break;
                }

                page.Add(message);
                bytes += message.Size;
                after = message.Id.Sequence;
            }

            if (entries.Length < count)
            {
                break;
            }
        }

        return [.. page];
    }

    public async ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken)
    {
        var forgotten = (int)await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisScripts.Forget, keys, [RedisEntries.Epoch(head.Epoch), head.Sequence, (long)RedisStreamLogs.RememberForgotten.TotalMilliseconds])) == 1;
        if (forgotten)
        {
            (Range, Forgotten) = (LogRange.Empty, head.Epoch);
        }

        return forgotten;
    }

    public async ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) =>
        seen.Epoch != 0 && await BeginEpochAsync(RedisEntries.Epoch(seen.Epoch), seen.Sequence);

    // Each call takes off so many and no more, so that it never holds up Redis for long.
    private async Task<LogRange> TrimmedAsync()
    {
        while (true)
        {
            var answer = (RedisResult[])(await AskAsync(redis => redis.ScriptEvaluateAsync(
                RedisScripts.Open, keys, [Options.RetainedMessages, Options.RetainedBytes, OldestAllowed()])))!;
            if ((int)answer[5] == 0)
            {
                return RedisEntries.Range((string)answer[0]!, (long)answer[1], (long)answer[2], (long)answer[3], answer[4]);
            }
        }
    }

    // The first batch brings its epoch with it: until its answer is here, both may be found.
    private void RefuseOtherOwner(ulong epoch)
    {
        if (epoch != Range.Epoch && (Range.Epoch != 0 || epoch != writing))
        {
            throw new LogAwayException($"The log of stream {stream} belongs to another epoch.", maybeIn: false) { OtherOwner = true };
        }
    }

    private async Task<bool> BeginEpochAsync(string epoch, long seen) =>
        (int)await AskAsync(redis => redis.ScriptEvaluateAsync(
            RedisScripts.BeginEpoch, keys, [epoch, seen, RedisEntries.Epoch(EventId.NewEpoch())])) == 1;

    // In one transaction: messages of a later epoch must not pass for this one's.
    private async Task<(ulong Epoch, StreamEntry[] Entries)> ReadChunkAsync(long first, int count)
    {
        var (epoch, entries) = await AskAsync(async redis =>
        {
            var both = redis.CreateTransaction();
            var epoch = both.HashGetAsync(keys[0], "epoch");
            var entries = both.StreamRangeAsync(LogKey, $"{first.ToString(CultureInfo.InvariantCulture)}-0", count: count);
            await both.ExecuteAsync();
            return (await epoch, await entries);
        });
        return (RedisEntries.Epoch(epoch.ToString()), entries);
    }

    private RedisValue[] Arguments(LogBatch batch)
    {
        var arguments = new List<RedisValue>(11 + (2 * batch.Messages.Count) + (2 * batch.Keys.Count))
        {
            batch.Id.ToString("N"),
            RedisEntries.Epoch(batch.Epoch),
            batch.First,
            batch.Messages.Count,
            batch.Keys.Count,
            RedisEntries.Time(batch.Messages[^1].Timestamp),
            Options.RetainedMessages,
            Options.RetainedBytes,
            OldestAllowed(),
            // With nothing appended for so long, nothing in it is young enough any more.
            (long)Options.Retention.TotalMilliseconds,
            (long)(Options.Retention + RedisStreamLogs.RememberEpoch).TotalMilliseconds,
        };
        foreach (var message in batch.Messages)
        {
            arguments.Add(message.Size);
            arguments.Add(JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Instance.StreamMessage));
        }

        foreach (var key in batch.Keys)
        {
            arguments.Add(key.Last);
            arguments.Add(JsonSerializer.SerializeToUtf8Bytes(StoredKey.From(key), RedisJson.Default.StoredKey));
        }

        return [.. arguments];
    }

    private long OldestAllowed() => RedisEntries.Time(logs.Time.GetUtcNow() - Options.Retention);

    private async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> question)
    {
        try
        {
            return await question(logs.Database);
        }
        catch (Exception failure) when (RedisFailures.IsAway(failure))
        {
            throw new LogAwayException($"Redis does not answer: {failure.Message}", RedisFailures.MayHaveRun(failure));
        }
    }
}
