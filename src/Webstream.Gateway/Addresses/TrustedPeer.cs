namespace Webstream.Gateway.Addresses;

/// <summary>The peer of a request's connection is a trusted proxy. A feature of the request.</summary>
internal sealed class TrustedPeer
{
    private static readonly TrustedPeer One = new();

    /// <summary>Remembers it for a request.</summary>
    public static void Mark(HttpContext context) => context.Features.Set(One);

    /// <summary>Whether the peer of a request's connection is one.</summary>
    public static bool Is(HttpContext context) => context.Features.Get<TrustedPeer>() is not null;
}
