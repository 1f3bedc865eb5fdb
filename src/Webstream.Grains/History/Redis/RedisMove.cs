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
    /// Begins a history at a position, if the stream has no messages or was moved away.
    /// ARGV: epoch, head, time of the head, ms to keep the hash. Answers whether it began.
    /// </summary>
    internal const string Begin = "#!lua\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'moved', 'life')
        if meta[1] and tonumber(meta[2] or '0') > 0 and meta[3] ~= meta[1] then return 0 end
        redis.call('DEL', KEYS[2], KEYS[3])
        redis.call('HDEL', KEYS[1], 'gone', 'end', 'goneBefore', 'moved')
        redis.call('HSET', KEYS[1], 'life', string.format('%.0f', tonumber(meta[4] or '1') + 1))
        redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'head', ARGV[2], 'time', ARGV[3], 'batch', '', 'bytes', '0', 'weight', '0',
          'oldest', string.format('%.0f', tonumber(ARGV[2]) + 1), 'oldestTime', '', 'oldestBytes', '0', 'oldestWeight', '0')
        redis.call('PEXPIRE', KEYS[1], ARGV[4])
        return 1
        """;

    /// <summary>Marks a history as moved away, if its head is still this one. ARGV: epoch, head. Answers whether it is marked.</summary>
    internal const string Finish = "#!lua flags=allow-oom\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'gone')
        if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 0 end
        if meta[3] ~= ARGV[1] then redis.call('HSET', KEYS[1], 'gone', ARGV[1], 'goneBefore', meta[3] or '') end
        redis.call('HSET', KEYS[1], 'moved', ARGV[1])
        return 1
        """;

    private readonly RedisKey[] keys = logs.KeysOf(stream);

    public async Task<IReadOnlyList<KeyRecord>> KeysAsync(long first, long last, CancellationToken cancellationToken)
    {
        var entries = await logs.AskAsync(stream, HistoryPart.Reading, redis => redis.StreamRangeAsync(keys[2], $"{first}-0", $"{last}-0"));
        return Array.ConvertAll(entries, entry => RedisEntries.Key(entry, stream));
    }

    public async Task<AppendResult> BeginAsync(EventId before, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (!await logs.Index.AdmitAsync(stream))
        {
            return AppendResult.Full;
        }

        var life = (long)(logs.Options.Retention + RedisStreamHistories.RememberEpoch).TotalMilliseconds;
        var began = (int)await logs.AskAsync(stream, HistoryPart.Appending, redis => redis.ScriptEvaluateAsync(
            Begin, keys, [RedisEntries.Epoch(before.Epoch), before.Sequence, RedisEntries.Time(at), life])) == 1;
        return began ? AppendResult.Appended : AppendResult.Refused;
    }

    public async Task<bool> FinishAsync(EventId head, CancellationToken cancellationToken) =>
        (int)await logs.AskAsync(stream, HistoryPart.Appending, redis => redis.ScriptEvaluateAsync(
            Finish, keys, [RedisEntries.Epoch(head.Epoch), head.Sequence])) == 1;
}
