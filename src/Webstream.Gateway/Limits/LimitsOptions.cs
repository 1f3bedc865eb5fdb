using System.ComponentModel.DataAnnotations;

namespace Webstream.Gateway.Limits;

/// <summary>
/// How much one caller may do at this gateway: who shares a key's name, or else an address (of IPv6 the first 64 bits). 0: no limit. A key may
/// have limits of its own in their place. Section <c>Webstream:Limits</c>. Decision 0037 has the reasons of the defaults.
/// </summary>
internal sealed class LimitsOptions
{
    /// <summary>The most messages a second; a batch counts as what it holds.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = "Webstream__Limits__MessagesPerSecond is a number from 1 to 1000000000, for example 10000, or 0 for no limit.")]
    public long MessagesPerSecond { get; set; } = 10_000;

    /// <summary>The most bytes of messages a second, by their size on the wire.</summary>
    [Range(0, 1_000_000_000_000, ErrorMessage = "Webstream__Limits__BytesPerSecond is a number of bytes from 1 to 1000000000000, for example 33554432, or 0 for no limit.")]
    public long BytesPerSecond { get; set; } = 32 * 1024 * 1024;

    /// <summary>The most names of streams a minute that had no messages before.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = "Webstream__Limits__NewStreamsPerMinute is a number from 1 to 1000000000, for example 150, or 0 for no limit.")]
    public long NewStreamsPerMinute { get; set; } = 150;

    /// <summary>The most requests a second to <c>/mcp</c> and <c>/api/</c>, pushes and listeners left out.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = "Webstream__Limits__RequestsPerSecond is a number from 1 to 1000000000, for example 1000, or 0 for no limit.")]
    public long RequestsPerSecond { get; set; } = 1000;

    /// <summary>The most listeners at a time.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = "Webstream__Limits__Listeners is a number from 1 to 1000000000, for example 10000, or 0 for no limit.")]
    public long Listeners { get; set; } = 10_000;

    /// <summary>The most connections of one address at a time, listeners included.</summary>
    [Range(0, 10_000_000, ErrorMessage = "Webstream__Limits__Connections is a number from 1 to 10000000, for example 20000, or 0 for no limit.")]
    public int Connections { get; set; } = 20_000;

    /// <summary>How many wrong keys a minute of one address are answered as such; those above it are asked to come later.</summary>
    [Range(0, 1_000_000_000, ErrorMessage = "Webstream__Limits__WrongKeysPerMinute is a number from 1 to 1000000000, for example 60, or 0 for no limit.")]
    public long WrongKeysPerMinute { get; set; } = 60;
}

/// <summary>The limit on pushes that was there before those of <see cref="LimitsOptions"/>. Section <c>Webstream:Push</c>.</summary>
internal sealed class PushPaceOptions
{
    /// <summary>
    /// The most pushes a second of one caller, whatever they hold, and requests to <c>/mcp</c>; 0: no limit. It holds on this machine too.
    /// </summary>
    [Range(0, 1_000_000, ErrorMessage = "Webstream__Push__PerSecond is a number from 0 (no limit) to 1000000.")]
    public int PerSecond { get; set; }
}
