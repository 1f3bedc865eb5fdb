using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The scripts that change the list of streams, each in one step. The list is these keys in one hash slot: <c>names</c>
/// (all with score 0, so that they are ordered by name), <c>times</c> (milliseconds of the newest message), <c>weights</c> (what is retained),
/// <c>past</c> (streams without messages of which something is remembered, by when they lost them), <c>sum</c> of the weights, and
/// <c>kept</c> (streams with settings of their own: they keep their place, and their time is so late that they never give way), <c>founders</c>
/// (a hash: of each stream that a key began, what it retains and which key), and <c>used</c> (a hash: of each key, how many streams those are, and
/// what they retain).
/// </summary>
/// <remarks>
/// The list is written a moment after the histories, and never decides what is in a history. After a crash it may be behind:
/// <see cref="RedisReconciliation"/> corrects it.
/// </remarks>
internal static class RedisIndexScripts
{
    private const string Functions = """
        local names, times, weights, past, sum, kept = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
        local founders, used = KEYS[7], KEYS[8]
        local function counted(name)
          local was = redis.call('HMGET', founders, name)[1]
          if not was then return '', 0 end
          local bytes, founder = string.match(was, '^(%d+):(.*)$')
          return founder or '', tonumber(bytes or '0')
        end
        local function use(founder)
          local now = redis.call('HMGET', used, 's:' .. founder, 'b:' .. founder)
          return tonumber(now[1] or '0'), tonumber(now[2] or '0')
        end
        local function take(founder, more, grown)
          local streams, bytes = use(founder)
          streams, bytes = math.max(0, streams + more), math.max(0, bytes + grown)
          if streams == 0 then
            redis.call('HDEL', used, 's:' .. founder, 'b:' .. founder)
          else
            redis.call('HSET', used, 's:' .. founder, string.format('%.0f', streams), 'b:' .. founder, string.format('%.0f', bytes))
          end
        end
        local function count(name, founder, bytes)
          local was, had = counted(name)
          if was == founder and (founder == '' or had == bytes) then return end
          if was == founder then
            take(founder, 0, bytes - had)
          else
            if was ~= '' then take(was, -1, -had) end
            if founder ~= '' then take(founder, 1, bytes) end
          end
          if founder == '' then
            redis.call('HDEL', founders, name)
          else
            redis.call('HSET', founders, name, string.format('%.0f', bytes) .. ':' .. founder)
          end
        end
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
          count(name, '', 0)
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
    /// Gives a stream a place before its first message, if one is free. Streams whose history expired free theirs. If a key began the stream, counts
    /// what it will retain, if the key may have that: first, because a key at its quota must not take a place from others.
    /// ARGV: name, the most streams, now, the time before which a newest message is too old, the key's name or '', the most streams of the key or '',
    /// what the stream will retain, and the most bytes of the key or ''. Answers 1: it has a place; 0: there is none; 2: the key has as many streams as
    /// it may; 3: its streams would retain more than they may.
    /// </summary>
    public const string Admit = "#!lua\n" + Functions + """
        local name, founder, bytes = ARGV[1], ARGV[5], tonumber(ARGV[7])
        local function over()
          local was, had = counted(name)
          local streams, all = use(founder)
          if was ~= founder then
            had = 0
            if ARGV[6] ~= '' and streams >= tonumber(ARGV[6]) then return 2 end
          end
          if ARGV[8] ~= '' and bytes > had and all - had + bytes > tonumber(ARGV[8]) then return 3 end
          return 0
        end
        if founder ~= '' then
          local refused = over()
          if refused > 0 and expire(ARGV[4], ARGV[3]) > 0 then refused = over() end
          if refused > 0 then return refused end
        end
        if admit(name, tonumber(ARGV[2]), ARGV[3], ARGV[4]) == 0 then return 0 end
        if founder ~= '' then count(name, founder, bytes) end
        return 1
        """;

    /// <summary>Gives a stream a place that it keeps. The arguments are the first four of <see cref="Admit"/>. Answers whether it has a place.</summary>
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
    /// Updates streams in the list. ARGV: now; then name, time of the newest message, retained weight, key that began it or '', and retained bytes of
    /// each; a weight below 0 means that the stream has no history any more. Answers the sum, and how many streams there are.
    /// </summary>
    public const string Note = "#!lua flags=allow-oom\n" + Functions + """
        for at = 2, #ARGV, 5 do
          if tonumber(ARGV[at + 2]) < 0 then
            drop(ARGV[at], ARGV[1])
          else
            put(ARGV[at], ARGV[at + 1], ARGV[at + 2])
            count(ARGV[at], ARGV[at + 3], tonumber(ARGV[at + 4]))
          end
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

    /// <summary>
    /// Counts anew what each key has: an older version frees places without counting, and somebody may remove a key of the list. No arguments.
    /// </summary>
    public const string Recount = "#!lua flags=allow-oom\n" + Functions + """
        local all = redis.call('HGETALL', founders)
        redis.call('DEL', used)
        local streams, bytes = {}, {}
        for at = 1, #all, 2 do
          local size, founder = string.match(all[at + 1], '^(%d+):(.*)$')
          if founder and redis.call('ZSCORE', names, all[at]) then
            streams[founder], bytes[founder] = (streams[founder] or 0) + 1, (bytes[founder] or 0) + tonumber(size)
          else
            redis.call('HDEL', founders, all[at])
          end
        end
        for founder, number in pairs(streams) do
          redis.call('HSET', used, 's:' .. founder, string.format('%.0f', number), 'b:' .. founder, string.format('%.0f', bytes[founder]))
        end
        return #all / 2
        """;

    /// <summary>Each script with arguments for a trial.</summary>
    public static (string Script, RedisUse For, RedisValue[] Arguments)[] Trial() =>
    [
        (Admit, RedisUse.Counting, ["a", 1, 1, 0, "k", 1, 1, 1]),
        (Keep, RedisUse.Counting, ["a", 1, 1, 0]),
        (Release, RedisUse.Counting, ["a", 1, 1]),
        (Note, RedisUse.Counting, [1, "a", 1, 1, "k", 2, "b", 1, -1, "", 0]),
        (Recount, RedisUse.Counting, []),
        (Sweep, RedisUse.Counting, [1, 2, 0, 2]),
    ];
}
