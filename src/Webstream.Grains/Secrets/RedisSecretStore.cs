using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Secrets;

/// <summary>Secrets in a hash of Redis.</summary>
internal sealed class RedisSecretStore(RedisLink link, IOptions<ClusterOptions> cluster) : ISecretStore
{
    /// <summary>
    /// ARGV: name, a new secret, the length of a secret. Answers the secret that is kept. What is no secret is replaced, or nobody could sign.
    /// </summary>
    internal const string Keep = "#!lua\n" + """
        local kept = redis.call('HGET', KEYS[1], ARGV[1])
        if kept and #kept == tonumber(ARGV[3]) then return kept end
        redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
        return ARGV[2]
        """;

    // No stream has a name like this.
    private readonly RedisKey[] keys = [$"{cluster.Value.ServiceId}:{{~secrets}}"];

    public async Task<byte[]> EventIdsAsync() =>
        // Read first: a Redis that is full runs no script that writes.
        (byte[]?)await link.AskAsync(redis => redis.HashGetAsync(keys[0], Secret.EventIds)) is { Length: Secret.Length } kept
            ? kept
            : (byte[])(await link.AskAsync(redis => redis.ScriptEvaluateAsync(Keep, keys, [Secret.EventIds, Secret.New(), Secret.Length])))!;
}
