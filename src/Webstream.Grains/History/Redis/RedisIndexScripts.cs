using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The scripts that change the list of streams, each in one step. The list is five sorted sets and a number in one hash slot: <c>names</c>
/// (all with score 0, so that they are ordered by name), <c>times</c> (milliseconds of the newest message), <c>weights</c> (what is retained),
/// <c>past</c> (streams without messages of which something is remembered, by when they lost them), <c>sum</c> of the weights, and
/// <c>kept</c> (streams with settings of their own: they keep their place, and their time is so late that they never give way).
/// </summary>
/// <remarks>
/// The list is written a moment after the histories, and never decides what is in a history. After a crash it may be behind:
/// <see cref="RedisReconciliation"/> corrects it.
/// </remarks>
internal static class RedisIndexScripts
{
    private const string Functions = """
        local names, times, weights, past, sum, kept = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
        local function add(by)
          if by ~= 0 then redis.call('INCRBY', sum, string.format('%.0f', by)) end
        end
        local function put(name, time, weight)
          local before = tonumber(redis.call('ZSCORE', weights, name) or '0')
          if redis.call('ZADD', names, 0, name) == 1 then redis.call('ZREM', past, name) end
          redis.call('ZADD', times, 'GT', time, name)
          redis.call('ZADD', weights, weight, name)
          add(tonumber(weight) - before)
        end
        local function drop(name, time)
          add(-tonumber(redis.call('ZSCORE', weights, name) or '0'))
          if redis.call('ZSCORE', kept, name) then
            redis.call('ZADD', weights, 0, name)
            return
          end
          if redis.call('ZREM', names, name) + redis.call('ZREM', times, name) + redis.call('ZREM', weights, name) > 0 then
            redis.call('ZADD', past, time, name)
          end
        end
        local function expire(before, now)
          local gone = redis.call('ZRANGE', times, '-inf', '(' .. before, 'BYSCORE', 'LIMIT', 0, 100)
          for _, name in ipairs(gone) do drop(name, now) end
          return #gone
        end
        local function admit(name, most, now, before)
          if redis.call('ZSCORE', names, name) then return 1 end
          if redis.call('ZCARD', names) >= most and expire(before, now) == 0 then return 0 end
          if redis.call('ZCARD', names) >= most then return 0 end
          put(name, now, '0')
          return 1
        end

        """;

    /// <summary>
    /// Gives a stream a place before its first message, if one is free. Streams whose history expired free theirs.
    /// ARGV: name, the most streams, now, and the time before which a newest message is too old. Answers whether the stream has a place.
    /// </summary>
    public const string Admit = "#!lua\n" + Functions + """
        return admit(ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4])
        """;

    /// <summary>Gives a stream a place that it keeps. The arguments and the answer are those of <see cref="Admit"/>.</summary>
    public const string Keep = "#!lua\n" + Functions + """
        if admit(ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4]) == 0 then return 0 end
        redis.call('ZADD', kept, 0, ARGV[1])
        redis.call('ZADD', times, '9007199254740991', ARGV[1])
        return 1
        """;

    /// <summary>A stream keeps its place no longer. ARGV: name, time of the newest message (below 0: it has none), now.</summary>
    public const string Release = "#!lua flags=allow-oom\n" + Functions + """
        if redis.call('ZREM', kept, ARGV[1]) == 0 then return 0 end
        if tonumber(ARGV[2]) < 0 then drop(ARGV[1], ARGV[3]) else redis.call('ZADD', times, ARGV[2], ARGV[1]) end
        return 1
        """;

    /// <summary>
    /// Updates streams in the list. ARGV: now; then name, time of the newest message and retained weight of each; a weight below 0 means
    /// that the stream has no history any more. Answers the sum, and how many streams there are.
    /// </summary>
    public const string Note = "#!lua flags=allow-oom\n" + Functions + """
        for at = 2, #ARGV, 3 do
          if tonumber(ARGV[at + 2]) < 0 then drop(ARGV[at], ARGV[1]) else put(ARGV[at], ARGV[at + 1], ARGV[at + 2]) end
        end
        return {redis.call('INCRBY', sum, 0), redis.call('ZCARD', names)}
        """;

    /// <summary>
    /// Removes the streams whose history expired. Of the streams without history it removes those over a number or older than a time.
    /// ARGV: now; the time before which a newest message is too old; the most streams without history; the time before which those are too old.
    /// Answers the sum, how many streams there are, and the names of which nothing is to be remembered any more.
    /// </summary>
    public const string Sweep = "#!lua flags=allow-oom\n" + Functions + """
        for _ = 1, 10 do
          if expire(ARGV[2], ARGV[1]) == 0 then break end
        end
        local over = math.min(1000, redis.call('ZCARD', past) - tonumber(ARGV[3]))
        local erased = over > 0 and redis.call('ZRANGE', past, 0, over - 1) or redis.call('ZRANGE', past, '-inf', '(' .. ARGV[4], 'BYSCORE', 'LIMIT', 0, 1000)
        for _, name in ipairs(erased) do redis.call('ZREM', past, name) end
        return {redis.call('INCRBY', sum, 0), redis.call('ZCARD', names), erased}
        """;

    /// <summary>Each script with arguments for a trial.</summary>
    public static (string Script, RedisUse For, RedisValue[] Arguments)[] Trial() =>
    [
        (Admit, RedisUse.Counting, ["a", 1, 1, 0]),
        (Keep, RedisUse.Counting, ["a", 1, 1, 0]),
        (Release, RedisUse.Counting, ["a", 1, 1]),
        (Note, RedisUse.Counting, [1, "a", 1, 1, "b", 1, -1]),
        (Sweep, RedisUse.Counting, [1, 2, 0, 2]),
    ];
}
