namespace Webstream.Grains.Tests.Hosting;

/// <summary>The cluster that most tests share.</summary>
[CollectionDefinition(Name)]
public sealed class SharedCluster : ICollectionFixture<WebstreamCluster>
{
    public const string Name = "cluster";
}
