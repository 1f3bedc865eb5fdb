namespace Webstream.Cluster.Tests.Closed;

/// <summary>These tests start a cluster each, and knock at it: one after the other, so that none of them is short of time for the others.</summary>
[CollectionDefinition(Name)]
public sealed class ClosedCluster
{
    public const string Name = "closed clusters";
}
