namespace Webstream.Grains.Hosting;

/// <summary>What kind of cluster this is; set by the hosting code, not by people.</summary>
public sealed class ClusterShape
{
    /// <summary>Silo and gateway live in one process, and there is no other.</summary>
    public bool OneProcess { get; set; }
}
