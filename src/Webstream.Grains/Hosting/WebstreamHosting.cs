using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Configuration;
using Orleans.Hosting;
using StackExchange.Redis;
using Webstream.Grains.Keys;
using Webstream.Grains.MessageStream;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Memory;
using Webstream.Grains.Passes;
using Webstream.Grains.Rules;
using Webstream.Grains.Secrets;
using Webstream.Grains.Streams;
using Webstream.Grains.Tables;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// How a process takes part in the cluster. Silo and client stand side by side here, because their settings must agree.
/// </summary>
public static class WebstreamHosting
{
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(3);

    /// <summary>Configures a silo: the stream grains, their history, and the memory stream.</summary>
    /// <param name="silo">The silo to configure; its clustering is the caller's choice.</param>
    /// <param name="configuration">The section <c>Webstream</c>.</param>
    /// <param name="place">Where a silo without Redis keeps its history; none: in memory.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static ISiloBuilder AddWebstream(this ISiloBuilder silo, IConfiguration configuration, HistoryPlace? place = null)
    {
        var services = silo.Services;
        if (place?.Path is not null)
        {
            // Before the settings, which are then bound over it.
            services.Configure<HistoryOptions>(options => options.BeginOnDisk());
        }

        services.AddClusterSettings(configuration);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<HistoryMetrics>();
        services.AddSingleton<RetentionRules>();
        services.AddSingleton<SiloChanges>();
        services.AddSingleton<QuietStreams>();
        services.AddSingleton<KeyStore>();
        services.AddSingleton<RuleStore>();
        services.AddMemoryBudget();
        var cluster = ClusterMembership.Read(configuration);
        if (string.IsNullOrEmpty(cluster.Redis))
        {
            services.AddSingleton(place ?? HistoryPlace.InMemory);
            if (place?.Path is { } path)
            {
                services.AddSingleton(provider => new HistoryLock(path, provider.GetRequiredService<TimeProvider>()));
                services.AddDiskHistory(path);
            }
            else
            {
                services.AddSingleton<IStreamHistories, InMemoryStreamHistories>();
                services.AddSingleton<ITables, InMemoryTables>();
                services.AddSingleton<ISecretStore, InMemorySecretStore>();
                services.AddSingleton<IPassStore, InMemoryPassStore>();
            }

            services.AddSingleton<ISubscriptionKeeper, SubscriptionsInMemory>();
            silo.AddMemoryGrainStorage(OrleansStreamIds.PubSubStore);
        }
        else
        {
            HistoryPlace.RefuseBesideRedis(configuration);
            var redis = RedisSettings.Of(cluster);
            services.AddSingleton<IConnectionMultiplexer>(_ => ConnectionMultiplexer.Connect(redis));
            services.AddSingleton(new RedisUser(redis.User, redis));
            services.AddSingleton<RedisLink>();
            services.AddSingleton<RedisClock>();
            services.AddSingleton<RedisStreamHistories>();
            services.AddSingleton<ISubscriptionKeeper, RedisSubscriptions>();
            services.AddSingleton<IStreamHistories>(provider => provider.GetRequiredService<RedisStreamHistories>());
            services.AddSingleton<ITables, RedisTables>();
            services.AddSingleton<ISecretStore, RedisSecretStore>();
            services.AddSingleton<IPassStore, RedisPassStore>();
            services.AddHostedService<RedisUpkeep>();
            services.AddHostedService<RedisClockWatch>();
            // In memory the subscriptions would be lost with their silo.
            silo.AddRedisGrainStorage(OrleansStreamIds.PubSubStore, o =>
            {
                o.ConfigurationOptions = redis.Clone();
                o.DeleteStateOnClear = true;
                o.EntryExpiry = RedisSubscriptions.Lifetime;
            });
        }

        // With the default of 30 s a push would hang that long when the silo of its stream dies.
        services.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = ResponseTimeout);
        // An Orleans client that vanishes must not hold up deliveries to the others for the default minute.
        services.Configure<SiloMessagingOptions>(o => o.ClientDropTimeout = TimeSpan.FromSeconds(5));

        silo.AddMessageStream();
        return silo;
    }

    /// <summary>Configures a gateway outside the silos.</summary>
    /// <param name="client">The client to configure; its clustering is the caller's choice.</param>
    /// <param name="configuration">The section <c>Webstream</c>.</param>
    /// <exception cref="StartRefusedException">A setting is wrong.</exception>
    public static IClientBuilder AddWebstream(this IClientBuilder client, IConfiguration configuration)
    {
        client.Services.AddClusterSettings(configuration);
        client.Services.TryAddSingleton(TimeProvider.System);
        client.Services.AddMemoryBudget();
        client.Services.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = ResponseTimeout);
        client.AddMemoryStreams(OrleansStreamIds.Provider, streams => streams.ConfigurePartitioning(1));
        return client;
    }

    private static void AddMemoryBudget(this IServiceCollection services)
    {
        services.TryAddSingleton<MemoryBudget>();
        services.TryAddSingleton(provider => new MemoryReturn(provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<ShareWatch>();
    }
}
