using System.Globalization;
using StackExchange.Redis;

namespace Webstream.Grains.Trial;

/// <summary>What Redis reports about itself. Facts that the user may not ask for are not known.</summary>
/// <param name="Version">The oldest version among its servers; none: not known.</param>
/// <param name="MaxMemory">Its memory limit in bytes, of all primaries together; 0 when there is none, or when it is not known.</param>
/// <param name="Policy">Its eviction policy when the limit is reached, for example <c>noeviction</c>; none: not known.</param>
internal sealed record RedisFacts(string? Version, long MaxMemory, string? Policy)
{
    /// <summary>The oldest version whose scripts can say what they do (<c>#!lua</c>).</summary>
    public static readonly Version Least = new(7, 0);

    private const string Evicts = "allkeys-";
    private const string EvictsExpiring = "volatile-";

    /// <summary>Whether the version is known, and too old.</summary>
    public bool IsTooOld => Version is not null && System.Version.TryParse(Version, out var version) && version < Least;

    /// <summary>Whether Redis may evict history when the memory limit is reached: all of the history has an expiry.</summary>
    public bool TakesHistory =>
        Policy is not null && (Policy.StartsWith(Evicts, StringComparison.Ordinal) || Policy.StartsWith(EvictsExpiring, StringComparison.Ordinal));

    /// <summary>Asks every server that is connected.</summary>
    /// <exception cref="RedisException">None answers.</exception>
    public static async Task<RedisFacts> AskAsync(IConnectionMultiplexer redis)
    {
        var servers = redis.GetServers().Where(server => server.IsConnected).ToArray();
        var primaries = servers.Where(server => !server.IsReplica).ToArray();
        var all = await Task.WhenAll((primaries.Length > 0 ? primaries : servers).Select(AskAsync));
        return new(
            all.Select(one => one.Version).OfType<string>().MinBy(text => System.Version.TryParse(text, out var version) ? version : Least),
            all.Any(one => one.MaxMemory == 0) ? 0 : all.Sum(one => one.MaxMemory),
            all.Select(one => one.Policy).FirstOrDefault(policy => policy is not null and not "noeviction") ?? all.Select(one => one.Policy).FirstOrDefault());
    }

    private static async Task<RedisFacts> AskAsync(IServer server)
    {
        var (about, memory) = (await InfoAsync(server, "server"), await InfoAsync(server, "memory"));
        // Some services deny INFO to their users but not CONFIG; most do the opposite.
        return new(
            about.GetValueOrDefault("redis_version"),
            long.TryParse(memory.GetValueOrDefault("maxmemory") ?? await ConfigAsync(server, "maxmemory"), CultureInfo.InvariantCulture, out var most) ? most : 0,
            memory.GetValueOrDefault("maxmemory_policy") ?? await ConfigAsync(server, "maxmemory-policy"));
    }

    private static async Task<Dictionary<string, string>> InfoAsync(IServer server, string section)
    {
        try
        {
            var text = (string?)await server.ExecuteAsync("INFO", section) ?? "";
            return text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .Select(line => line.Split(':', 2))
                .Where(pair => pair.Length == 2)
                .GroupBy(pair => pair[0], StringComparer.Ordinal)
                .ToDictionary(pairs => pairs.Key, pairs => pairs.First()[1], StringComparer.Ordinal);
        }
        catch (RedisServerException)
        {
            return [];
        }
    }

    private static async Task<string?> ConfigAsync(IServer server, string name)
    {
        try
        {
            var answer = await server.ExecuteAsync("CONFIG", "GET", name);
            return answer.Resp2Type == ResultType.Array && (RedisResult[]?)answer is [_, var value] ? value.ToString() : null;
        }
        catch (RedisServerException)
        {
            return null;
        }
    }
}
