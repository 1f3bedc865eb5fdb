namespace Webstream.Grains.Log.Redis;

/// <summary>
/// What Redis does in one step. The keys of a stream share a hash slot: <c>meta</c> (a hash: epoch, head, last batch), <c>log</c>
/// (a Redis stream whose ids are <c>&lt;sequence&gt;-0</c>) and <c>keys</c> (the idempotency keys, by the sequence of their last message:
/// they go when the last one goes). A stream that gave way leaves <c>gone</c> for a while: the epoch that ended.
/// </summary>
internal static class RedisScripts
{
    /// <summary>Appended, now or by an earlier try.</summary>
    public const int Appended = 1;

    /// <summary>The head is another one than the writer believes.</summary>
    public const int Refused = 0;

    /// <summary>The hash and the streams do not agree: somebody else has had his hands in.</summary>
    public const int Disagree = -1;

    // Takes off the old end what is over a bound; the newest message stays. Bounded, so that one call never holds up Redis for long:
    // what is left over goes with the next one.
    private const string Trim = """
        local function trim(head, bytes, budget, maxMessages, maxBytes, minTime)
          local oldest, oldestAt, trimmed = head + 1, false, false
          while true do
            local entry = redis.call('XRANGE', KEYS[2], '-', '+', 'COUNT', 1)[1]
            if not entry then break end
            local sequence = tonumber(string.match(entry[1], '^%d+'))
            oldest, oldestAt = sequence, entry[2][4]
            local over = head - sequence + 1 > maxMessages
              or bytes - tonumber(entry[2][2]) > maxBytes
              or tonumber(oldestAt) < minTime
            if not over or budget == 0 or (sequence == head and tonumber(oldestAt) >= minTime) then break end
            redis.call('XDEL', KEYS[2], entry[1])
            oldest, oldestAt, trimmed, budget = sequence + 1, false, true, budget - 1
          end
          if trimmed then redis.call('XTRIM', KEYS[3], 'MINID', string.format('%.0f-0', oldest)) end
          return oldest, oldestAt, budget == 0
        end

        """;

    // A tool or an eviction may take one of the three keys, or entries of one. Redis never reuses an id, so going on in what is left
    // would fail half-way through a batch.
    private const string Damaged = """
        local function newest(key)
          local entry = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
          return entry and tonumber(string.match(entry[1], '^%d+'))
        end
        local function damaged(head)
          local message, key = newest(KEYS[2]), newest(KEYS[3])
          return (message and message ~= head) or (key and key > head)
        end

        """;

    /// <summary>
    /// Appends a batch, all of it or none, if the head is what the writer believes. That check is the fence: of two writers only one can
    /// number a message. A batch that is in already is answered as such.
    /// </summary>
    /// <remarks>
    /// ARGV: batch, epoch, first, messages, keys, time, max messages, max bytes, min time, ms to keep the log, ms to keep the hash;
    /// then size and JSON of each message; then last sequence and JSON of each key.
    /// Answers: result, epoch, head, oldest, time of the oldest.
    /// </remarks>
    public const string Append = Trim + Damaged + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'batch', 'bytes')
        local epoch, head, bytes = meta[1], tonumber(meta[2] or '0'), tonumber(meta[4] or '0')
        local first, messages, keys = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local again = epoch == ARGV[2] and meta[3] == ARGV[1]
        if not again then
          if (epoch and epoch ~= ARGV[2]) or head + 1 ~= first then return {0, epoch or '0', head} end
          if not epoch then redis.call('DEL', KEYS[2], KEYS[3]) end
          if damaged(head) then return {-1, epoch, head} end
          local at = 12
          for i = 0, messages - 1 do
            redis.call('XADD', KEYS[2], string.format('%.0f-0', first + i), 'b', string.format('%.0f', bytes), 't', ARGV[6], 'm', ARGV[at + 1])
            bytes = bytes + tonumber(ARGV[at])
            at = at + 2
          end
          for i = 1, keys do
            redis.call('XADD', KEYS[3], ARGV[at] .. '-0', 'k', ARGV[at + 1])
            at = at + 2
          end
          head = first + messages - 1
          redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'head', string.format('%.0f', head), 'batch', ARGV[1],
            'bytes', string.format('%.0f', bytes), 'time', ARGV[6])
          redis.call('PEXPIRE', KEYS[2], ARGV[10])
          redis.call('PEXPIRE', KEYS[3], ARGV[10])
          redis.call('PEXPIRE', KEYS[1], ARGV[11])
        end
        local oldest, oldestAt = trim(head, bytes, 2 * messages + 32, tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]))
        return {1, ARGV[2], head, oldest, oldestAt}
        """;

    /// <summary>
    /// Takes off what is over a bound by now. ARGV: max messages, max bytes, min time.
    /// Answers: epoch, head, time of the head, oldest, time of the oldest, whether there may be more to take off.
    /// </summary>
    public const string Open = Trim + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head', 'time', 'bytes')
        if not meta[1] then return {'0', 0, '0', 1, false, 0} end
        local head = tonumber(meta[2])
        local oldest, oldestAt, more = trim(head, tonumber(meta[4]), 1000, tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]))
        return {meta[1], head, meta[3], oldest, oldestAt, more and 1 or 0}
        """;

    /// <summary>
    /// Begins a new epoch if the head is behind what somebody has seen of this one, because Redis came back without its tail, or if the
    /// keys do not agree. Of a lost tail, what is left stays, under the new epoch; of a damage nothing does: it cannot be trusted, nor
    /// appended to. The head stays as it is. Whoever comes first does it; the others find
    /// another epoch. ARGV: epoch, the head that was seen, a new epoch.
    /// </summary>
    public const string BeginEpoch = Damaged + """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head')
        if meta[1] ~= ARGV[1] then return 0 end
        local head = tonumber(meta[2])
        local broken = damaged(head)
        if not broken and head >= tonumber(ARGV[2]) then return 0 end
        if broken then redis.call('DEL', KEYS[2], KEYS[3]) end
        redis.call('HSET', KEYS[1], 'epoch', ARGV[3], 'batch', '')
        return 1
        """;

    /// <summary>
    /// Ends the history if its head is still this one, and remembers for a while which epoch that was.
    /// ARGV: epoch, head, ms to remember it. Answers whether it was.
    /// </summary>
    public const string Forget = """
        local meta = redis.call('HMGET', KEYS[1], 'epoch', 'head')
        if meta[1] ~= ARGV[1] or meta[2] ~= ARGV[2] then return 0 end
        redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
        redis.call('SET', KEYS[4], ARGV[1], 'PX', ARGV[3])
        return 1
        """;
}
