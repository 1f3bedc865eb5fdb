using System.ComponentModel.DataAnnotations;
using Webstream.Grains;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Rules;

/// <summary>Who may do what without a key, and the shared key. Section <c>Webstream</c>.</summary>
internal sealed class AccessOptions
{
    /// <summary>Who may push without a key: <c>loopback</c>, <c>key</c> or <c>open</c>.</summary>
    [EnumDataType(typeof(WritePolicy), ErrorMessage = "Webstream__Write is loopback, key or open.")]
    public WritePolicy Write { get; set; } = WritePolicy.Loopback;

    /// <summary>Who may listen and read without a key: <c>open</c> or <c>key</c>.</summary>
    [EnumDataType(typeof(ReadPolicy), ErrorMessage = "Webstream__Read is open or key.")]
    public ReadPolicy Read { get; set; } = ReadPolicy.Open;

    /// <summary>The shared key, also <c>WEBSTREAM_API_KEY</c>; none: no caller has it.</summary>
    [Secret("Webstream__ApiKey (WEBSTREAM_API_KEY)", LetsIn = true)]
    public string? ApiKey { get; set; }
}
