using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Orleans.Hosting;
using Orleans.Runtime;
using Orleans.TestingHost;
using Webstream.Grains.Hosting;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>Two silos and a client outside them, configured as in production. Each test takes a stream of its own.</summary>
public class WebstreamCluster : IAsyncLifetime
{
    private static int streams;

    private readonly InProcessTestClusterBuilder builder;

    public WebstreamCluster()
        : this(time: null)
    {
    }

    /// <summary>A cluster with the history and the subscriptions in Redis.</summary>
    internal WebstreamCluster(RedisServer redis)
        : this(time: null, redis)
    {
    }

    /// <summary>A cluster with silos that a test configures.</summary>
    internal WebstreamCluster(Action<ISiloBuilder> configure)
        : this(time: null, configure: configure)
    {
    }

    /// <summary>A cluster with one silo, whose history in memory holds every stream, and a clock that a test advances.</summary>
    internal WebstreamCluster(FakeTimeProvider clock, Action<ISiloBuilder> oneSilo)
        : this(clock, redis: null, oneSilo, silos: 1)
    {
    }

    private protected WebstreamCluster(FakeTimeProvider? time, RedisServer? redis = null, Action<ISiloBuilder>? configure = null, short silos = 2)
    {
        builder = new(silos);
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Webstream:Cluster:Redis", redis?.Address)])
            .Build()
            .GetSection("Webstream");
        var logs = redis is null ? typeof(InMemoryStreamHistories) : typeof(RedisStreamHistories);
        builder.ConfigureSilo((_, silo) =>
        {
            if (time is not null)
            {
                silo.Services.AddSingleton<TimeProvider>(time);
            }

            silo.AddWebstream(configuration);
            silo.AddIncomingGrainCallFilter(Calls);
            silo.Services.AddSingleton<IStreamHistories>(services => new ScriptedLogs((IStreamHistories)ActivatorUtilities.CreateInstance(services, logs), Scripts, Forgets));
            // The cluster soon notices when a silo is killed.
            silo.Configure<ClusterMembershipOptions>(o =>
            {
                o.ProbeTimeout = TimeSpan.FromSeconds(1);
                o.NumMissedProbesLimit = 2;
                o.NumVotesForDeathDeclaration = 1;
            });
            configure?.Invoke(silo);
        });
        builder.ConfigureClient(client => client.AddWebstream(configuration));
    }

    public InProcessTestCluster Cluster { get; private set; } = null!;

    public GrainCalls Calls { get; } = new();

    /// <summary>The script for the appends of a stream, where a test wants one.</summary>
    public ConcurrentDictionary<StreamName, AppendScript> Scripts { get; } = new();

    /// <summary>The script for the end of a stream's history, where a test wants one.</summary>
    public ConcurrentDictionary<StreamName, ForgetScript> Forgets { get; } = new();

    /// <summary>The histories of the first silo.</summary>
    internal ScriptedLogs Logs => (ScriptedLogs)Cluster.GetSiloServiceProvider().GetRequiredService<IStreamHistories>();

    /// <summary>Whether a stream has an owner now.</summary>
    public bool HasOwner(StreamName stream) => Cluster.TryGetGrainContext(GrainOf(stream).GetGrainId(), out _);

    public async ValueTask InitializeAsync()
    {
        Cluster = builder.Build();
        await Cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>A stream that no other test uses.</summary>
    public static StreamName NewStream([CallerMemberName] string test = "") =>
        StreamName.Parse($"{Interlocked.Increment(ref streams)}:{test}");

    public IStreamGrain GrainOf(StreamName stream) => Cluster.Client.GetGrain<IStreamGrain>(stream.Value);

    /// <summary>The silo on which the stream's owner lives.</summary>
    public SiloAddress SiloOf(StreamName stream) =>
        Cluster.TryGetGrainContext(GrainOf(stream).GetGrainId(), out var context)
            ? context.Address.SiloAddress!
            : throw new InvalidOperationException($"Stream {stream} has no owner now.");

    /// <summary>All retained messages, read page by page.</summary>
    public async Task<StreamMessage[]> ReadAllAsync(StreamName stream)
    {
        var all = new List<StreamMessage>();
        while (true)
        {
            var page = await GrainOf(stream).Read(new(all.Count == 0 ? 0 : all[^1].Id.Sequence, 100, 1 << 20));
            if (page.Messages.Length == 0)
            {
                return [.. all];
            }

            all.AddRange(page.Messages);
        }
    }

    /// <summary>Subscribes to the stream's events as a gateway does.</summary>
    public Task<StreamListener> ListenAsync(StreamName stream) => StreamListener.SubscribeAsync(Cluster.Client, stream);
}
