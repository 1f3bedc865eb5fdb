using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The addresses at which a person sees a stream.</summary>
internal static class OpenAddresses
{
    /// <summary>The dashboard of a stream, on every address that is known.</summary>
    public static IReadOnlyList<string> Dashboards(GatewayTarget target, StreamName stream) =>
        [.. target.Addresses.Select(address => stream.Equals(StreamName.Main)
            ? Base(address)
            : $"{Base(address)}?stream={Uri.EscapeDataString(stream.Value)}")];

    /// <summary>The line for a text; empty when there are none to tell.</summary>
    public static string Line(IReadOnlyList<string>? open) => open is { Count: > 0 } ? $"Open in a browser: {string.Join(" or ", open)}\n" : "";

    /// <summary>The event stream, for programs; null when no address is known.</summary>
    public static string? Events(GatewayTarget target, StreamName stream) => target.Addresses.Count == 0
        ? null
        : $"{Base(target.Addresses[0])}stream{(stream.Equals(StreamName.Main) ? "" : $"/{Uri.EscapeDataString(stream.Value)}")}";

    /// <summary>The address of one whole message, when it did not fit into an answer; null when no address is known.</summary>
    public static string? Message(GatewayTarget target, StreamMessage message) => target.Addresses.Count == 0
        ? null
        : $"{Base(target.Addresses[0])}api/streams/{Uri.EscapeDataString(message.Stream.Value)}/messages?after={message.Id with { Sequence = message.Id.Sequence - 1 }}&limit=1";

    private static string Base(Uri address) => address.AbsoluteUri.EndsWith('/') ? address.AbsoluteUri : $"{address.AbsoluteUri}/";
}
