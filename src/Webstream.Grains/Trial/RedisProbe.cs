using StackExchange.Redis;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Trial;

/// <summary>The keys of one trial: under the product's own patterns, in a hash slot of their own, with a name that no stream can have.</summary>
internal sealed class RedisTrialKeys(string cluster, string trial)
{
    /// <summary>Which keys a user needs: those of silos, of subscriptions, and of the streams.</summary>
    public static string[] Patterns(string cluster) => [$"{cluster}/members/*", $"{cluster}/state/*", $"{cluster}:*"];

    /// <summary>Like the list of silos.</summary>
    public RedisKey Members { get; } = $"{cluster}/members/{{~{trial}}}";

    /// <summary>Like the subscriptions to a stream.</summary>
    public RedisKey State { get; } = $"{cluster}/state/{{~{trial}}}";

    /// <summary>Like the four keys of a stream.</summary>
    public RedisKey[] Stream { get; } =
        [$"{cluster}:{{~{trial}}}:meta", $"{cluster}:{{~{trial}}}:log", $"{cluster}:{{~{trial}}}:keys", $"{cluster}:{{~{trial}}}:settings"];

    /// <summary>Like the six keys of the list of streams.</summary>
    public RedisKey[] Index { get; } = RedisStreamIndex.KeysOf(cluster, $"~{trial}");
}

/// <summary>A command of the trial, as the product sends it.</summary>
/// <param name="Command">Its name.</param>
/// <param name="For">The uses that need it.</param>
/// <param name="Arguments">Its arguments; keys have the type of keys, so that a Redis cluster finds the right server.</param>
internal sealed record RedisProbe(string Command, RedisUse For, params object[] Arguments)
{
    /// <summary>How long the keys of a trial may outlive it, in milliseconds; a trial takes a few milliseconds.</summary>
    public const int Lifetime = 60_000;

    private const string Script = "return 1";

    // The script's name in Redis.
    private const string ScriptHash = "e0e1f9fabfc9d4800c877a703b823ac0578ff8db";

    /// <summary>The name by which a user is granted the command: <c>script|load</c> for a subcommand.</summary>
    public string Right => Command is "SCRIPT" ? $"script|{Arguments[0]}".ToLowerInvariant() : Command.ToLowerInvariant();

    /// <summary>The pattern of the key that the command uses; none: it uses no key.</summary>
    public string? Pattern(string cluster) => Arguments.OfType<RedisKey>().Select(key => key.ToString()).FirstOrDefault() switch
    {
        null => null,
        var key => RedisTrialKeys.Patterns(cluster).First(pattern => key.StartsWith(pattern[..^1], StringComparison.Ordinal)),
    };

    /// <summary>
    /// Every command that the product and the libraries under it send, in an order in which each command finds the keys that it needs. The keys
    /// expire by themselves if the trial ends half-way.
    /// </summary>
    public static RedisProbe[] All(RedisTrialKeys keys)
    {
        var (meta, log, idempotency) = (keys.Stream[0], keys.Stream[1], keys.Stream[2]);
        var (set, sum) = (keys.Index[0], keys.Index[4]);
        return
        [
            new("PING", RedisUse.Connecting),
            new("ECHO", RedisUse.Connecting, "webstream"),
            new("TIME", RedisUse.Timing),
            new("HSETNX", RedisUse.Finding, keys.Members, "f", "v"),
            new("PEXPIRE", RedisUse.Appending, keys.Members, Lifetime),
            new("HGETALL", RedisUse.Finding, keys.Members),
            new("HSET", RedisUse.Joining, keys.Members, "f", "v"),
            new("HGET", RedisUse.Joining, keys.Members, "f"),
            new("HEXISTS", RedisUse.Joining, keys.Members, "f"),
            new("EVAL", RedisUse.Joining | RedisUse.Subscribing | RedisUse.Scripts, Script, 1, keys.Members),
            new("HDEL", RedisUse.Joining, keys.Members, "f"),
            new("HMSET", RedisUse.Subscribing, keys.State, "f", "v"),
            new("PEXPIRE", RedisUse.Appending, keys.State, Lifetime),
            new("EXPIRE", RedisUse.Subscribing, keys.State, Lifetime / 1000),
            new("HGET", RedisUse.Subscribing, keys.State, "f"),
            new("HGETALL", RedisUse.Subscribing, keys.State),
            new("SCRIPT", RedisUse.Subscribing | RedisUse.Scripts, "LOAD", Script),
            new("EVALSHA", RedisUse.Subscribing | RedisUse.Scripts, ScriptHash, 1, meta),
            new("HSET", RedisUse.Appending | RedisUse.Trimming, meta, "f", "v"),
            new("PEXPIRE", RedisUse.Appending, meta, Lifetime),
            new("HGET", RedisUse.Reading, meta, "f"),
            new("HMGET", RedisUse.Log, meta, "f"),
            new("XADD", RedisUse.Appending, log, "1-0", "f", "v"),
            new("PEXPIRE", RedisUse.Appending, log, Lifetime),
            new("XADD", RedisUse.Appending, idempotency, "1-0", "f", "v"),
            new("PEXPIRE", RedisUse.Appending, idempotency, Lifetime),
            new("XREVRANGE", RedisUse.Appending, log, "+", "-", "COUNT", 1),
            new("XRANGE", RedisUse.Reading | RedisUse.Trimming, log, "-", "+", "COUNT", 1),
            new("XTRIM", RedisUse.Trimming, log, "MINID", "2-0"),
            new("ZADD", RedisUse.Counting, set, 0, "m"),
            new("PEXPIRE", RedisUse.Appending, set, Lifetime),
            new("ZSCORE", RedisUse.Counting, set, "m"),
            new("ZCARD", RedisUse.Counting, set),
            new("ZRANGE", RedisUse.Counting | RedisUse.Listing, set, 0, 0),
            new("ZREM", RedisUse.Counting, set, "m"),
            new("INCRBY", RedisUse.Counting, sum, 1),
            new("PEXPIRE", RedisUse.Appending, sum, Lifetime),
            new("SCAN", RedisUse.Listing, 0, "COUNT", 1),
            // Deleted at the end, for each of the patterns.
            new("DEL", RedisUse.Finding, keys.Members),
            new("DEL", RedisUse.Subscribing, keys.State),
            new("DEL", RedisUse.Appending | RedisUse.Trimming, [.. keys.Stream, .. keys.Index]),
        ];
    }
}
