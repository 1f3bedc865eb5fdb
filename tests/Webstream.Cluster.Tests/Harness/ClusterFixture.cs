// These tests wait for most of their time: for a silo that is found to be dead, or for a start.
[assembly: CollectionBehavior(MaxParallelThreads = 3)]

namespace Webstream.Cluster.Tests.Harness;

/// <summary>
/// The cluster that the scenarios share, each with a stream of its own. It runs through all of them, as real clusters do.
/// </summary>
public sealed class ClusterFixture : IAsyncLifetime
{
    internal TestCluster Cluster { get; } = new(silos: 2, gateways: 2);

    public async ValueTask InitializeAsync()
    {
        RedisServer.MustBeInstalled();
        await Cluster.StartAsync();
    }

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class SharedCluster : ICollectionFixture<ClusterFixture>
{
    public const string Name = "cluster";
}
