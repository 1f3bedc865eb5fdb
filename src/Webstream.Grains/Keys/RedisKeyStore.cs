using System.Globalization;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Keys;

/// <summary>Keys in a hash of Redis, one field for each, and one for the version.</summary>
internal sealed class RedisKeyStore(RedisLink link, IOptions<ClusterOptions> cluster) : IKeyStore
{
    private const string VersionField = "version";

    /// <summary>ARGV: id, value, version, the most keys. Answers a <see cref="KeyOutcome"/>.</summary>
    internal const string Add = "#!lua\n" + """
        if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 2 end
        if #redis.call('HGETALL', KEYS[1]) / 2 > tonumber(ARGV[4]) then return 1 end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 'version', ARGV[3])
        return 0
        """;

    /// <summary>ARGV: id, version. Answers whether there was such a key. Also where Redis is full: a key must be revocable.</summary>
    internal const string Remove = "#!lua flags=allow-oom\n" + """
        if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
        redis.call('HSET', KEYS[1], 'version', ARGV[2])
        return 1
        """;

    // No stream has a name like this.
    private readonly RedisKey[] keys = [$"{cluster.Value.ServiceId}:{{~keys}}"];

    public async Task<KeyList?> ReadAsync(long? known)
    {
        if (known is not null && Number(await link.AskAsync(redis => redis.HashGetAsync(keys[0], VersionField))) == known)
        {
            return null;
        }

        var (version, found) = (0L, new List<StoredKey>());
        foreach (var field in await link.AskAsync(redis => redis.HashGetAllAsync(keys[0])))
        {
            if (field.Name == VersionField)
            {
                version = Number(field.Value);
            }
            else if (KeyJson.TryRead(field.Value, out var key) && key.Id == field.Name)
            {
                found.Add(key);
            }
        }

        return new(version, [.. found], Persistent: true);
    }

    public async Task<KeyOutcome> AddAsync(StoredKey key) => (KeyOutcome)(int)await link.AskAsync(redis =>
        redis.ScriptEvaluateAsync(Add, keys, [key.Id, KeyJson.Write(key), KeyVersion.New(), KeyList.MaxKeys]));

    // The version is no key, whatever a caller sends.
    public async Task<bool> RemoveAsync(string id) =>
        id != VersionField && (int)await link.AskAsync(redis => redis.ScriptEvaluateAsync(Remove, keys, [id, KeyVersion.New()])) == 1;

    private static long Number(RedisValue value) =>
        long.TryParse((string?)value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
