using StackExchange.Redis;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Trial;

/// <summary>
/// Tries in Redis, for real, what the product will do there: each command on keys under the product's patterns, then the scripts of the log.
/// It takes a few round trips, and leaves nothing behind.
/// </summary>
/// <param name="cluster">The cluster's name, with which its keys begin.</param>
/// <param name="user">As whom this process speaks to Redis.</param>
/// <param name="use">What it will do there.</param>
internal sealed class RedisTrial(string cluster, string? user, RedisUse use)
{
    /// <summary>Tries everything once.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<RedisTrialResult> RunAsync(IDatabase redis)
    {
        // Silos that start together do not meet; a gateway, which may not let its key expire, leaves at most one behind.
        var keys = new RedisTrialKeys(cluster, use == RedisUse.Client ? "trial" : $"trial-{Guid.NewGuid():N}");
        // All at once: they arrive in their order.
        var commands = RedisProbe.All(keys)
            .Where(probe => (probe.For & use) != 0)
            .Select(probe => (probe, redis.ExecuteAsync(probe.Command, probe.Arguments)))
            .ToArray();
        // On keys that the commands have left nothing in.
        var scripted = new RedisTrialKeys(cluster, $"trial-{Guid.NewGuid():N}");
        var scripts = Scripts(scripted)
            .Where(script => (script.Probe.For & use) != 0)
            .Select(script => (script.Probe, redis.ScriptEvaluateAsync(script.Text, script.Keys, script.Arguments)))
            .ToArray();
        var result = new RedisTrialResult(cluster, user ?? "default", await RefusedAsync(commands), await RefusedAsync(scripts));
        if (scripts.Length > 0)
        {
            // Not before they are through: a script that Redis does not know yet is sent twice.
            await DeleteAsync(redis, [.. scripted.Stream, .. scripted.Index]);
        }

        return result;
    }

    // Where it may not be deleted it expires.
    private static async Task DeleteAsync(IDatabase redis, RedisKey[] keys)
    {
        if (await RefusalOf(redis.ExecuteAsync("DEL", [.. keys])) is not null)
        {
            await Task.WhenAll(keys.Select(key => RefusalOf(redis.ExecuteAsync("PEXPIRE", key, RedisProbe.Lifetime))));
        }
    }

    private static IEnumerable<(RedisProbe Probe, string Text, RedisKey[] Keys, RedisValue[] Arguments)> Scripts(RedisTrialKeys keys) =>
    [
        .. RedisScripts.Trial().Select(script => (Probe(script.For, keys.Stream), script.Script, keys.Stream, script.Arguments)),
        .. RedisIndexScripts.Trial().Select(script => (Probe(script.For, keys.Index), script.Script, keys.Index, script.Arguments)),
    ];

    private static RedisProbe Probe(RedisUse use, RedisKey[] keys) => new("EVALSHA", use, keys[0]);

    private static async Task<List<(RedisProbe Probe, RedisRefusal Refusal)>> RefusedAsync(IEnumerable<(RedisProbe Probe, Task<RedisResult> Answer)> tried)
    {
        var refused = new List<(RedisProbe, RedisRefusal)>();
        foreach (var (probe, answer) in tried)
        {
            if (await RefusalOf(answer) is { } refusal)
            {
                refused.Add((probe, refusal));
            }
        }

        return refused;
    }

    private static async Task<RedisRefusal?> RefusalOf(Task answer)
    {
        try
        {
            await answer;
            return null;
        }
        catch (RedisServerException failure) when (failure.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // It could not be loaded, and that was refused.
            return null;
        }
        catch (RedisServerException failure)
        {
            return RedisRefusal.Of(failure.Message);
        }
    }
}
