using StackExchange.Redis;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Trial;

/// <summary>
/// Tries in Redis, for real, what the product will do there: each command on keys under the product's patterns, then the history's scripts.
/// It takes a few round trips, and leaves nothing behind.
/// </summary>
/// <param name="cluster">The cluster's name, with which its keys begin.</param>
/// <param name="user">The Redis user of this process.</param>
/// <param name="use">What the process will do in Redis.</param>
internal sealed class RedisTrial(string cluster, string? user, RedisUse use)
{
    /// <summary>Tries everything once.</summary>
    /// <exception cref="RedisException">Redis does not answer.</exception>
    public async Task<RedisTrialResult> RunAsync(IDatabase redis)
    {
        // A key per trial, so that silos that start together do not collide. A gateway may lack the right to let its key expire, so it always
        // uses the same one, and leaves at most one behind.
        var keys = new RedisTrialKeys(cluster, use == RedisUse.Client ? "trial" : $"trial-{Guid.NewGuid():N}");
        // All are sent at once: they arrive in order.
        var commands = RedisProbe.All(keys)
            .Where(probe => (probe.For & use) != 0)
            .Select(probe => (probe, redis.ExecuteAsync(probe.Command, probe.Arguments)))
            .ToArray();
        // On other keys, in which the commands have left nothing.
        var scripted = new RedisTrialKeys(cluster, $"trial-{Guid.NewGuid():N}");
        var scripts = Scripts(scripted)
            .Where(script => (script.Probe.For & use) != 0)
            .Select(script => (script.Probe, redis.ScriptEvaluateAsync(script.Text, script.Keys, script.Arguments)))
            .ToArray();
        var result = new RedisTrialResult(cluster, user ?? "default", await RefusedAsync(commands), await RefusedAsync(scripts));
        if (scripts.Length > 0)
        {
            // Only after all scripts have run: a script that Redis does not know yet is sent twice.
            await DeleteAsync(redis, [.. scripted.Stream, .. scripted.Index]);
        }

        return result;
    }

    // A key that the user may not delete expires.
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
            // The script could not be loaded: its loading was refused.
            return null;
        }
        catch (RedisServerException failure)
        {
            return RedisRefusal.Of(failure.Message);
        }
    }
}
