using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Passes;

/// <summary>
/// Passes in Redis: a hash for each, which expires by itself; for each kind a set of all by their end, which counts them; and for each holder a set of its
/// own by their beginning. All are in one hash slot, because the scripts change them together. The commands are those that the histories need too.
/// </summary>
internal sealed class RedisPassStore(RedisLink link, IOptions<ClusterOptions> cluster, TimeProvider time) : IPassStore
{
    /// <summary>
    /// KEYS: the pass, all of its kind, those of its holder. ARGV: id, value, now, its end and the end that it has once it is taken, the most of all, the most of
    /// the holder, the beginning of the keys of passes; times in milliseconds. Answers a <see cref="PassOutcome"/>.
    /// </summary>
    internal const string Add = "#!lua\n" + """
        local now = tonumber(ARGV[3])
        for _ = 1, 1000 do
            local first = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
            if not first[1] or tonumber(first[2]) > now then break end
            redis.call('ZREM', KEYS[2], first[1])
        end
        if redis.call('ZCARD', KEYS[3]) >= tonumber(ARGV[7]) then
            local oldest = redis.call('ZRANGE', KEYS[3], 0, 0)[1]
            redis.call('ZREM', KEYS[3], oldest)
            redis.call('ZREM', KEYS[2], oldest)
            redis.call('DEL', ARGV[8] .. oldest)
        elseif redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[6]) then
            return 1
        end
        redis.call('HSET', KEYS[1], 'v', ARGV[2], 'latest', ARGV[5])
        redis.call('PEXPIRE', KEYS[1], ARGV[4] - ARGV[3])
        redis.call('ZADD', KEYS[2], ARGV[4], ARGV[1])
        redis.call('ZADD', KEYS[3], now, ARGV[1])
        redis.call('PEXPIRE', KEYS[2], 86400000)
        redis.call('PEXPIRE', KEYS[3], 86400000)
        return 0
        """;

    /// <summary>KEYS: the pass, all of its kind. ARGV: id, now. Answers the value and whether this attempt took it; nothing: there is none.</summary>
    internal const string Take = "#!lua flags=allow-oom\n" + """
        local found = redis.call('HMGET', KEYS[1], 'v', 'latest')
        if not found[1] then return false end
        if redis.call('HSETNX', KEYS[1], 'taken', '1') == 0 then return {found[1], 0} end
        redis.call('PEXPIRE', KEYS[1], math.max(1, found[2] - ARGV[2]))
        redis.call('ZADD', KEYS[2], found[2], ARGV[1])
        return {found[1], 1}
        """;

    // No stream has a name like this.
    private readonly string prefix = $"{cluster.Value.ServiceId}:{{~passes}}:";

    private string PassPrefix => $"{prefix}pass:";

    public async Task<StoredPass?[]> FindAsync(string[] ids)
    {
        var rows = await link.AskAsync(redis => Task.WhenAll(ids.Select(id => redis.HashGetAsync(KeyOf(id), ["v", "taken"]))));
        return [.. ids.Zip(rows, (id, row) => Read(id, row[0], !row[1].IsNull))];
    }

    public async Task<PassOutcome> AddAsync(StoredPass pass)
    {
        RedisKey[] keys = [KeyOf(pass.Id), AllOf(pass.Kind), $"{prefix}of:{Number(pass.Kind)}:{Hash(pass.Holder.Account)}"];
        RedisValue[] arguments =
        [
            pass.Id, PassJson.Write(pass), Now, pass.Ends.ToUnixTimeMilliseconds(), pass.Latest.ToUnixTimeMilliseconds(), PassBounds.Most,
            PassBounds.OfOne(pass.Kind), PassPrefix,
        ];
        return (PassOutcome)(int)await link.AskAsync(redis => redis.ScriptEvaluateAsync(Add, keys, arguments));
    }

    public async Task<bool> RemoveAsync(string id) => await link.AskAsync(async redis =>
    {
        var removed = redis.KeyDeleteAsync(KeyOf(id));
        await Task.WhenAll(removed, redis.SortedSetRemoveAsync(AllOf(PassKind.Session), id), redis.SortedSetRemoveAsync(AllOf(PassKind.Ticket), id));
        return await removed;
    });

    public async Task<PassTake> TakeAsync(string id)
    {
        RedisKey[] keys = [KeyOf(id), AllOf(PassKind.Ticket)];
        var answer = await link.AskAsync(redis => redis.ScriptEvaluateAsync(Take, keys, [id, Now]));
        if (answer.IsNull || Read(id, (RedisValue)answer[0], taken: true) is not { Kind: PassKind.Ticket } ticket)
        {
            return new(null, IsFirst: false);
        }

        var isFirst = (int)answer[1] == 1;
        // Redis' clock may be a moment behind.
        return isFirst && ticket.Expires <= time.GetUtcNow() ? new(null, IsFirst: false) : new(ticket, isFirst);
    }

    private long Now => time.GetUtcNow().ToUnixTimeMilliseconds();

    private RedisKey KeyOf(string id) => PassPrefix + id;

    private RedisKey AllOf(PassKind kind) => $"{prefix}all:{Number(kind)}";

    private StoredPass? Read(string id, RedisValue value, bool taken) =>
        PassJson.TryRead(value, out var pass) && pass.Id == id && (pass with { Taken = taken && pass.Kind == PassKind.Ticket }) is var found
        && found.Ends > time.GetUtcNow()
            ? found
            : null;

    private static string Number(PassKind kind) => ((int)kind).ToString(CultureInfo.InvariantCulture);

    // Names of tokens have any length and any characters.
    private static string Hash(string account) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(account)));
}
