using StackExchange.Redis;
using Webstream.Grains.Trial;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The scripts that Redis runs, each in one step. The keys of a stream share a hash slot: <c>meta</c> (a hash: epoch, head, last batch, and
/// where the retained part begins), <c>log</c> (a Redis stream whose ids are <c>&lt;sequence&gt;-0</c>) and <c>keys</c> (the idempotency keys,
/// by the sequence of their last message: they go when that message goes), and <c>settings</c> (a hash: the stream's own settings, without
/// expiry). After a stream gave way or was deleted, <c>meta</c> keeps for a while which epoch ended.
/// </summary>
/// <remarks>
/// The first line of each script says what the script is. A full Redis still runs a script that only frees memory (<c>allow-oom</c>). It
/// refuses any other script before it begins, whatever the script would write first. Redis reads that line from version 7.0 on.
/// </remarks>
internal static class RedisScripts
{
    /// <summary>Appended, now or by an earlier try.</summary>
    public const int Appended = 1;

    /// <summary>The head is not the one that the writer expects.</summary>
    public const int Refused = 0;

    /// <summary>The stream is closed.</summary>
    public const int Ended = 2;

    /// <summary>The hash and the streams do not agree: somebody else has changed the keys.</summary>
    public const int Disagree = -1;

    // In milliseconds; a trial takes a few.
    private const int TrialLife = 60_000;

    // A tool or an eviction may remove one of the three keys, or entries of one. Redis never reuses an id, so an append to the rest
    // would fail half-way through a batch.
    private const string Damaged = """
        local function newest(key)
          local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
          return entry and tonumber(string.match(entry[1], '^%d+'))
        end
        local function damaged(head, message, key)
          return (message and message ~= head) or (key and key > head)
        end

        """;

    /// <summary>
    /// Appends a batch, all of it or none, if the head is the one that the writer expects. That check is the fence: of two writers only one can
    /// number a message. If the batch is in already, the answer is the same as for an append. The script checks the rights for all its writes
    /// before it writes anything: a script that is refused half-way leaves what it has written.
    /// </summary>
    /// <remarks>
    /// ARGV: batch, epoch, first, messages, keys, time, ms to keep the messages and keys, ms to keep the hash, life, and flags: 1 if the batch is
    /// the end mark, 2 if it comes by a move; then size, weight and JSON of each message; then last sequence and JSON of each key; then, if another key than before has begun the
    /// stream or its quota has changed, the key's name and its most bytes, empty where there is none.
    /// Answers: result, epoch, head, and if appended the fields from <c>bytes</c> on as <see cref="StreamMeta"/> reads them.
    /// </remarks>
    public const string Append = "#!lua\n" + Damaged + """
        local function needs(command, ...)
          if not redis.acl_check_cmd(command, ...) then
            error({err = "NOPERM this user has no permissions to run the '" .. command .. "' command or to use its key"})
          end
        end
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'batch', 'bytes', 'weight', 'oldest', 'oldestTime', 'oldestBytes', 'oldestWeight', 'gone', 'end', 'unfinished')
        local epoch, head, bytes = meta[1], tonumber(meta[2] or '0'), tonumber(meta[4] or '0')
        local weight = math.max(tonumber(meta[5] or '0'), bytes)
        local first, messages, keys = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        if epoch == ARGV[2] and meta[3] == ARGV[1] then
          return {1, epoch, head, bytes, weight, meta[6], meta[7], meta[8], meta[9]}
        end
        if (epoch and epoch ~= ARGV[2]) or head + 1 ~= first then return {0, epoch or '0', head} end
        if epoch and tonumber(meta[11] or '0') > 0 then return {2, epoch, head} end
        local flags = tonumber(ARGV[10])
        local ends, moves = flags % 2 == 1, flags >= 2
        if moves ~= (meta[12] and meta[12] == epoch or false) or (meta[10] == ARGV[2] and not moves) then return {0, epoch or '0', head} end
        local message, key = newest(KEYS[2]), newest(KEYS[3])
        if epoch and damaged(head, message, key) then return {-1, epoch, head} end
        needs('xadd', KEYS[2], '1-0', 'b', '0')
        needs('xadd', KEYS[3], '1-0', 'k', '0')
        needs('hset', KEYS[1], 'epoch', '0')
        needs('pexpire', KEYS[1], '1')
        if not epoch and (message or key) then
          needs('del', KEYS[2], KEYS[3])
          redis.call('DEL', KEYS[2], KEYS[3])
          message = nil
        end
        local began = message and {} or {'oldest', ARGV[3], 'oldestTime', ARGV[6], 'oldestBytes', string.format('%.0f', bytes), 'oldestWeight', string.format('%.0f', weight)}
        local at = 11
        for i = 0, messages - 1 do
          redis.call('XADD', KEYS[2], string.format('%.0f-0', first + i), 'b', string.format('%.0f', bytes), 't', ARGV[6], 'm', ARGV[at + 2],
            'w', string.format('%.0f', weight))
          bytes, weight = bytes + tonumber(ARGV[at]), weight + tonumber(ARGV[at + 1])
          at = at + 3
        end
        for i = 1, keys do
          redis.call('XADD', KEYS[3], ARGV[at] .. '-0', 'k', ARGV[at + 1])
          at = at + 2
        end
        head = first + messages - 1
        redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'head', string.format('%.0f', head), 'batch', ARGV[1],
          'bytes', string.format('%.0f', bytes), 'weight', string.format('%.0f', weight), 'time', ARGV[6], 'keep', ARGV[7], unpack(began))
        if not epoch and ARGV[9] ~= '0' then redis.call('HSET', KEYS[1], 'life', ARGV[9]) end
        if ends then
          redis.call('HSET', KEYS[1], 'end', string.format('%.0f', head), 'gone', ARGV[2], 'goneBefore', meta[10] ~= ARGV[2] and meta[10] or '')
        end
        if ARGV[at] then redis.call('HSET', KEYS[1], 'founder', ARGV[at], 'founderBytes', ARGV[at + 1]) end
        redis.call('PEXPIRE', KEYS[2], ARGV[7])
        redis.call('PEXPIRE', KEYS[3], ARGV[7])
        redis.call('PEXPIRE', KEYS[1], ARGV[8])
        return {1, ARGV[2], head, bytes, weight, began[2] or meta[6], began[4] or meta[7], began[6] or meta[8], began[8] or meta[9]}
        """;

    /// <summary>
    /// Trims the messages that are over a bound by now, at the old end. The newest message stays, unless it is too old. The script searches for
    /// the first message to keep in steps that double and then halve, so that it reads little. One call trims a bounded number of messages, so
    /// that it never holds up Redis for long. The stream's own settings win over the bounds in the arguments, up to the largest ones, so that
    /// every silo trims alike. ARGV: max messages, max bytes, max weight, retention, the most to trim, now (times in microseconds); the largest
    /// messages, bytes and retention; and 1 if nothing may be left.
    /// Answers the hash as <see cref="StreamMeta.Fields"/> has it, and whether there may be more to trim.
    /// </summary>
    public const string Trim = "#!lua flags=allow-oom\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'time', 'gone', 'bytes', 'weight', 'oldest', 'oldestTime', 'oldestBytes', 'oldestWeight',
          'life', 'end', 'deleted', 'goneBefore', 'keep', 'moved', 'founder', 'founderBytes')
        if not meta[1] then return {meta, 0} end
        local own = redis.call('HMGET', KEYS[4], 'messages', 'bytes', 'retention')
        local function bound(set, usual, most) return set and math.min(tonumber(set), tonumber(most)) or tonumber(usual) end
        local maxMessages, maxBytes, maxWeight = bound(own[1], ARGV[1], ARGV[7]), bound(own[2], ARGV[2], ARGV[8]), tonumber(ARGV[3])
        local minTime = tonumber(ARGV[6]) - bound(own[3] and tonumber(own[3]) * 1000, ARGV[4], ARGV[9])
        if ARGV[10] == '1' then minTime = math.huge end
        local head, bytes = tonumber(meta[2]), tonumber(meta[5] or '0')
        local weight = math.max(tonumber(meta[6] or '0'), bytes)
        local function id(sequence) return string.format('%.0f-0', sequence) end
        local function at(sequence)
          local entry = redis.call('XRANGE', KEYS[2], id(sequence), '+', 'COUNT', 1)[1]
          if not entry then return nil end
          local sequence, fields = tonumber(string.match(entry[1], '^%d+')), entry[2]
          if sequence > head then return nil end
          local b, t, w = tonumber(fields[2]), fields[4], tonumber(fields[8] or fields[2])
          local over = head - sequence + 1 > maxMessages or tonumber(t) < minTime
            or (sequence < head and (bytes - b > maxBytes or weight - w > maxWeight))
          return sequence, over, t, b, w
        end
        local first, over = at(0)
        local keep, more = first or head + 1, 0
        if over then
          local last, stays, step, found = math.max(first, head - maxMessages), head + 1, 1, false
          while last + 1 < stays do
            local middle = found and math.floor((last + stays) / 2) or math.min(last + step, stays - 1)
            local sequence, over = at(middle)
            if sequence and over then
              last, step = sequence, step * 2
            else
              stays, found = middle, true
            end
          end
          keep = math.min(stays, first + tonumber(ARGV[5]))
          if keep < stays then more = 1 end
          if keep > head then
            redis.call('DEL', KEYS[2], KEYS[3])
          else
            redis.call('XTRIM', KEYS[2], 'MINID', id(keep))
            redis.call('XTRIM', KEYS[3], 'MINID', id(keep))
          end
        end
        local oldest, _, t, b, w = at(keep)
        oldest, t, b, w = string.format('%.0f', oldest or head + 1), t or '', string.format('%.0f', b or bytes), string.format('%.0f', w or weight)
        if meta[7] ~= oldest or meta[8] ~= t or meta[10] ~= w then
          redis.call('HSET', KEYS[1], 'oldest', oldest, 'oldestTime', t, 'oldestBytes', b, 'oldestWeight', w)
        end
        return {{meta[1], meta[2], meta[3], meta[4], meta[5], string.format('%.0f', weight), oldest, t, b, w,
          meta[11], meta[12], meta[13], meta[14], meta[15], meta[16], meta[17], meta[18]}, more}
        """;

    /// <summary>
    /// Begins a new epoch if the head is behind a sequence that somebody has seen in this epoch, because Redis came back without the tail, or
    /// if the keys do not agree. After a lost tail, the remaining messages stay, under the new epoch. After damage none stays: they cannot be
    /// trusted, nor appended to. The head stays as it is. The first caller begins the epoch; later callers find another epoch.
    /// An end mark stays if it was not lost. ARGV: epoch, the head that was seen, a new epoch, now in microseconds.
    /// </summary>
    public const string BeginEpoch = "#!lua flags=allow-oom\n" + Damaged + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'life', 'end', 'goneBefore')
        if meta[1] ~= ARGV[1] then return 0 end
        local head = tonumber(meta[2])
        if not head or head < 0 or head > 2^53 or head ~= math.floor(head) then return 0 end
        local broken = damaged(head, newest(KEYS[2]), newest(KEYS[3]))
        if not broken and head >= tonumber(ARGV[2]) then return 0 end
        local life = math.max(tonumber(meta[3] or '1') + 1, tonumber(ARGV[4]))
        redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'batch', '', 'life', string.format('%.0f', life))
        local ended = tonumber(meta[4] or '0')
        if ended > head then
          redis.call('HSET', KEYS[1], 'end', '0', 'gone', meta[5] or '')
        elseif ended > 0 then
          redis.call('HSET', KEYS[1], 'gone', ARGV[3])
        end
        if broken then redis.call('DEL', KEYS[2], KEYS[3]) end
        return 1
        """;

    /// <summary>
    /// Ends the history if its head is still this one, and remembers for a while which epoch ended.
    /// ARGV: epoch, head, ms to remember it. Answers whether the history ended.
    /// </summary>
    public const string Forget = "#!lua flags=allow-oom\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'life', 'deleted')
        if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 0 end
        redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
        redis.call('HSET', KEYS[1], 'gone', ARGV[1], 'deleted', meta[4] or '', 'life', string.format('%.0f', tonumber(meta[3] or '1') + 1))
        redis.call('PEXPIRE', KEYS[1], ARGV[3])
        return 1
        """;

    /// <summary>
    /// Ends the history if its head is still this one, and begins a new epoch without messages, which refuses a writer of the old one.
    /// ARGV: epoch, head, the new epoch, its life, ms to remember it. Answers whether the history has ended, now or by an earlier try.
    /// </summary>
    public const string Delete = "#!lua flags=allow-oom\n" + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'deleted', 'gone', 'goneBefore')
        if meta[1] == ARGV[3] and meta[3] == ARGV[1] then return 1 end
        if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 0 end
        local gone = meta[4] == ARGV[1] and meta[5] or meta[4]
        redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
        redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'head', '0', 'life', ARGV[4], 'deleted', ARGV[1], 'gone', gone or '')
        redis.call('PEXPIRE', KEYS[1], ARGV[5])
        return 1
        """;

    /// <summary>
    /// Sets the stream's own settings in place of those before. ARGV: ms to keep the messages and keys, ms to keep the hash; then names and values.
    /// </summary>
    public const string Set = "#!lua\n" + """
        redis.call('DEL', KEYS[4])
        if #ARGV > 2 then redis.call('HSET', KEYS[4], unpack(ARGV, 3)) end
        if redis.call('HMGET', KEYS[1], 'epoch')[1] then
          redis.call('HSET', KEYS[1], 'keep', ARGV[1])
          redis.call('PEXPIRE', KEYS[2], ARGV[1])
          redis.call('PEXPIRE', KEYS[3], ARGV[1])
          redis.call('PEXPIRE', KEYS[1], ARGV[2])
        end
        return 1
        """;

    /// <summary>Deletes what is remembered of a stream, if it has no messages any more.</summary>
    public const string Erase = "#!lua flags=allow-oom\n" + """
        if #redis.call('XREVRANGE', KEYS[2], '+', '-', 'COUNT', 1) > 0 then return 0 end
        return redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
        """;

    /// <summary>Each script with arguments for a trial, on keys that hold only what the scripts before it have left.</summary>
    public static (string Script, RedisUse For, RedisValue[] Arguments)[] Trial() =>
    [
        (Append, RedisUse.Appending, ["trial", "1", 1, 2, 1, 1, TrialLife, TrialLife, 0, 0, 1, 1, "{}", 1, 1, "{}", 2, "{}"]),
        (Set, RedisUse.Counting, [TrialLife, TrialLife, "messages", 1]),
        (Trim, RedisUse.Trimming, [1, 2, 2, 1, 2, 0, 1, 1, 1, 0]),
        (BeginEpoch, RedisUse.Appending, ["1", 3, "2", 1]),
        (Delete, RedisUse.Counting, ["2", 2, "3", 1, TrialLife]),
        (Forget, RedisUse.Counting, ["3", 0, TrialLife]),
        (Erase, RedisUse.Counting, []),
    ];
}
