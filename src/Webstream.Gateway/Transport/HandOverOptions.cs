namespace Webstream.Gateway.Transport;

/// <summary>Whether sockets may be handed over. Whoever takes them says so.</summary>
internal sealed class HandOverOptions
{
    /// <summary>They may.</summary>
    public bool Enabled { get; set; }
}
