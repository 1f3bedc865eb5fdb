using StackExchange.Redis;
using Webstream.Grains.Hosting;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The gateways' subscriptions in Redis. Orleans writes a key for each stream to which somebody ever listened, and mostly leaves it there. So
/// each write gives the key an expiry, and a stream's owner renews it while somebody listens. A key that expires names no living gateway.
/// </summary>
internal sealed class RedisSubscriptions(RedisStreamHistories logs) : ISubscriptionKeeper
{
    /// <summary>How long a key lives after its last write or renewal. An owner renews it twice a minute.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(6);

    // Orleans' names of the grain that has the subscriptions, and of its state.
    private const string Grain = "pubsubrendezvous";

    /// <summary>The keys of all streams.</summary>
    public static string Pattern(string cluster) => $"{cluster}/state/{Grain}/*";

    /// <summary>The key of a stream, as Orleans makes it.</summary>
    public static RedisKey KeyOf(string cluster, StreamName stream) =>
        $"{cluster}/state/{Grain}/{OrleansStreamIds.Provider}/{OrleansStreamIds.MessagesOf(stream)}/PubSubRendezvousGrain";

    public async Task KeepAsync(StreamName stream)
    {
        try
        {
            await ExpireAsync(KeyOf(logs.Prefix, stream));
        }
        catch (HistoryAwayException)
        {
            // Logged where it happened, if it is no outage.
        }
    }

    /// <summary>Gives a key its whole lifetime again.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer, or refuses.</exception>
    public Task ExpireAsync(RedisKey key) => logs.Link.AskAsync(redis => redis.ExecuteAsync("PEXPIRE", key, (long)Lifetime.TotalMilliseconds));
}
