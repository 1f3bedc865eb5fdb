using StackExchange.Redis;
using Webstream.Grains.History.Moving;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// Moves a stream's history in Redis. The hash of a stream that was moved away names its own epoch as the one that was moved, and as the one that
/// is gone: <see cref="RedisScripts.Append"/> refuses such an epoch, so silos of every version stop appending to it.
/// </summary>
internal sealed class RedisMove(RedisStreamHistories logs, StreamName stream) : IStreamMove
{
    /// <summary>
    /// Begins a history at a position, if the stream has no messages, was moved away, or its move here was cut off.
    /// ARGV: epoch, head, time of the head, ms to keep the hash, the epoch's life or 0. Answers 1: it began; 0: the stream has messages; 2: it has
    /// had a later life here.
    /// </summary>
    internal const string Begin = "#!lua\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'moved', 'life')
        if meta[1] and tonumber(meta[2] or '0') > 0 and meta[3] ~= meta[1] then return 0 end
        local known, life = tonumber(meta[4] or '0'), tonumber(ARGV[5])
        if life ~= 0 and life < known then return 2 end
        if life == 0 then life = math.max(known, 1) + 1 end
        redis.call('DEL', KEYS[2], KEYS[3])
        redis.call('HDEL', KEYS[1], 'end', 'goneBefore')
        redis.call('HSET', KEYS[1], 'life', string.format('%.0f', life), 'gone', ARGV[1], 'moved', ARGV[1], 'unfinished', ARGV[1])
        redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'head', ARGV[2], 'time', ARGV[3], 'batch', '', 'bytes', '0', 'weight', '0',
          'oldest', string.format('%.0f', tonumber(ARGV[2]) + 1), 'oldestTime', '', 'oldestBytes', '0', 'oldestWeight', '0', 'founder', '')
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        return 1
        """;

    /// <summary>Lets pushes into a history that was moved here, if its head is still this one. ARGV: epoch, head, 1 if it is closed. Answers whether it does.</summary>
    internal const string Complete = "#!lua flags=allow-oom\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'unfinished', 'life')
        if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] or meta[3] ~= ARGV[1] then return 0 end
        redis.call('HDEL', KEYS[1], 'moved', 'unfinished')
        if ARGV[3] == '1' then redis.call('HSET', KEYS[1], 'end', ARGV[2]) else redis.call('HDEL', KEYS[1], 'gone', 'goneBefore', 'end') end
        redis.call('HSET', KEYS[1], 'life', string.format('%.0f', tonumber(meta[4] or '1') + 1))
        return 1
        """;

    /// <summary>Marks a history as moved away, if its head is still this one. ARGV: epoch, head. Answers whether it is marked.</summary>
    internal const string Finish = "#!lua flags=allow-oom\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'gone')
        if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 0 end
        if meta[3] ~= ARGV[1] then redis.call('HSET', KEYS[1], 'gone', ARGV[1], 'goneBefore', meta[3] or '') end
        redis.call('HSET', KEYS[1], 'moved', ARGV[1])
        redis.call('HDEL', KEYS[1], 'unfinished')
        return 1
        """;

    private readonly RedisKey[] keys = logs.KeysOf(stream);

    public async Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken)
    {
        var entries = await logs.AskAsync(stream, HistoryPart.Reading, redis => redis.StreamRangeAsync(keys[2], $"{first}-0", $"{last}-0"));
        return Array.ConvertAll(entries, entry => RedisEntries.Key(entry, stream));
    }

    public async Task<MoveResult> BeginAsync(EventId before, DateTimeOffset at, long life, CancellationToken cancellationToken)
    {
        if (!await logs.Index.AdmitAsync(stream))
        {
            return MoveResult.Full;
        }

        var remembered = (long)(logs.Options.Retention + RedisStreamHistories.RememberEpoch).TotalMilliseconds;
        return (int)await logs.AskAsync(stream, HistoryPart.Appending, redis => redis.ScriptEvaluateAsync(
            Begin, keys, [RedisEntries.Epoch(before.Epoch), before.Sequence, RedisEntries.Time(at), remembered, life])) switch
        {
            1 => MoveResult.Done,
            2 => MoveResult.Older,
            _ => MoveResult.NotEmpty,
        };
    }

    public async Task<bool> CompleteAsync(EventId head, bool closed, CancellationToken cancellationToken) =>
        (int)await logs.AskAsync(stream, HistoryPart.Appending, redis => redis.ScriptEvaluateAsync(
            Complete, keys, [RedisEntries.Epoch(head.Epoch), head.Sequence, closed ? 1 : 0])) == 1;

    public async Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken) =>
        (int)await logs.AskAsync(stream, HistoryPart.Appending, redis => redis.ScriptEvaluateAsync(
            Finish, keys, [RedisEntries.Epoch(head.Epoch), head.Sequence])) == 1;
}
