using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Tables;

/// <summary>Tables in hashes of Redis.</summary>
internal sealed class RedisTables(RedisLink link, IOptions<ClusterOptions> cluster) : ITables
{
    // No stream has a name like this.
    public ITable Open(string name, int most) => new RedisTable(link, $"{cluster.Value.ServiceId}:{{~{name}}}", most);
}

/// <summary>A table in a hash of Redis: one field for each row, and one for the version.</summary>
/// <param name="link">Redis.</param>
/// <param name="key">The hash.</param>
/// <param name="most">The most rows.</param>
internal sealed class RedisTable(RedisLink link, RedisKey key, int most) : ITable
{
    /// <summary>ARGV: id, value, version, the most rows, and the value of before if there is one. Answers a <see cref="TableOutcome"/>.</summary>
    internal const string Set = "#!lua\n" + """
        local is = redis.call('HGET', KEYS[1], ARGV[1])
        if is ~= (ARGV[5] or false) then return 2 end
        if not is and #redis.call('HGETALL', KEYS[1]) / 2 > tonumber(ARGV[4]) then return 1 end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2], 'version', ARGV[3])
        return 0
        """;

    /// <summary>
    /// ARGV: id, version, and the value if it must have one. Answers whether there was such a row. Also where Redis is full: a key must be revocable.
    /// </summary>
    internal const string Remove = "#!lua flags=allow-oom\n" + """
        if ARGV[3] and redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[3] then return 0 end
        if redis.call('HDEL', KEYS[1], ARGV[1]) == 0 then return 0 end
        redis.call('HSET', KEYS[1], 'version', ARGV[2])
        return 1
        """;

    private readonly RedisKey[] keys = [key];

    public async Task<TableContents?> ReadAsync(long? known)
    {
        if (known is not null
            && TableVersion.Parse(await link.AskAsync(redis => redis.HashGetAsync(keys[0], TableVersion.Id))) == known)
        {
            return null;
        }

        var (version, rows) = (0L, new List<TableRow>());
        foreach (var field in await link.AskAsync(redis => redis.HashGetAllAsync(keys[0])))
        {
            if (field.Name == TableVersion.Id)
            {
                version = TableVersion.Parse(field.Value);
            }
            else
            {
                rows.Add(new(field.Name!, field.Value));
            }
        }

        return new(TableVersion.Of(version, rows.Count), rows, Persistent: true);
    }

    public async Task<TableRow?> FindAsync(string id) =>
        await link.AskAsync(redis => redis.HashGetAsync(keys[0], id)) is { IsNull: false } value ? new(id, value) : null;

    public async Task<TableOutcome> SetAsync(string id, string? before, string value)
    {
        RedisValue[] arguments = [id, value, TableVersion.New(), most];
        return (TableOutcome)(int)await link.AskAsync(redis =>
            redis.ScriptEvaluateAsync(Set, keys, before is null ? arguments : [.. arguments, before]));
    }

    // The version is no row, whatever a caller sends.
    public async Task<bool> RemoveAsync(string id, string? before = null)
    {
        RedisValue[] arguments = [id, TableVersion.New()];
        return id != TableVersion.Id && (int)await link.AskAsync(redis =>
            redis.ScriptEvaluateAsync(Remove, keys, before is null ? arguments : [.. arguments, before])) == 1;
    }
}
