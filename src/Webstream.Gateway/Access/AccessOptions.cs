using System.ComponentModel.DataAnnotations;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Access;

/// <summary>Who may push without a key.</summary>
internal enum WritePolicy
{
    /// <summary>Callers on this machine; other callers need a key.</summary>
    Loopback,

    /// <summary>Everybody needs a key.</summary>
    Key,

    /// <summary>Everybody who can reach the gateway.</summary>
    Open,
}

/// <summary>Who may do what. Section <c>Webstream</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>Who may push without a key: <c>loopback</c>, <c>key</c> or <c>open</c>.</summary>
    [EnumDataType(typeof(WritePolicy), ErrorMessage = "Webstream__Write is loopback, key or open.")]
    public WritePolicy Write { get; set; } = WritePolicy.Loopback;

    /// <summary>The shared key, also <c>WEBSTREAM_API_KEY</c>; none: no caller can authenticate.</summary>
    [Secret("Webstream__ApiKey (WEBSTREAM_API_KEY)")]
    public string? ApiKey { get; set; }
}
