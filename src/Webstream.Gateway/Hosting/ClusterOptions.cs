namespace Webstream.Gateway.Hosting;

/// <summary>Which cluster this gateway belongs to. Section <c>Webstream:Cluster</c>.</summary>
internal sealed class GatewayClusterOptions
{
    /// <summary>
    /// The silos to connect to, as <c>address:port</c> separated by commas; none: the gateway embeds a silo of its own.
    /// </summary>
    public string Silos { get; set; } = "";

    /// <summary>This gateway's name, the same after a restart; the machine's name and the port unless given.</summary>
    public string? GatewayName { get; set; }
}
