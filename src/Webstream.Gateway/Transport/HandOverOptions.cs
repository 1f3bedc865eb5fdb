namespace Webstream.Gateway.Transport;

/// <summary>Whether sockets may be handed over. Set by the part of the gateway that takes them.</summary>
internal sealed class HandOverOptions
{
    /// <summary>Sockets may be handed over.</summary>
    public bool Enabled { get; set; }
}
