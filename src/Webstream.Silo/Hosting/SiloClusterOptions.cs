using System.ComponentModel.DataAnnotations;

namespace Webstream.Silo.Hosting;

/// <summary>Where the silo is reached. Section <c>Webstream:Cluster</c>.</summary>
internal sealed class SiloClusterOptions
{
    /// <summary>The port for other silos.</summary>
    [Range(1, 65535, ErrorMessage = "Webstream__Cluster__SiloPort is a port from 1 to 65535, for example 11111.")]
    public int SiloPort { get; set; } = 11111;

    /// <summary>The port for gateways.</summary>
    [Range(1, 65535, ErrorMessage = "Webstream__Cluster__GatewayPort is a port from 1 to 65535, for example 30000.")]
    public int GatewayPort { get; set; } = 30000;
}
