using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// Bounds what a model may choose for <c>host</c>. The model chooses where a gateway of this machine listens, never where messages are sent,
/// and never a wider reach than the person chose.
/// </summary>
/// <param name="chosen">The person's choice, which is also what the tools advertise.</param>
internal sealed class HostCeiling(ListenHost chosen)
{
    /// <summary>The address for the model's request, and a note for the model when it is not the address that the model asked for.</summary>
    /// <exception cref="WebstreamException">The text is not an address.</exception>
    public (ListenHost Host, string? Note) Choose(string? asked)
    {
        if (string.IsNullOrWhiteSpace(asked))
        {
            return (chosen, null);
        }

        if (!ListenHost.TryParse(asked, out var host))
        {
            throw new WebstreamException(
                WebstreamError.Invalid,
                $"host is the address at which a gateway of this machine listens: {chosen.Text}, or 127.0.0.1. It is not where messages are sent; leave it out.");
        }

        return host.Reach == Reach.ThisMachine || chosen.Reach == Reach.Everywhere || host == chosen
            ? (host, null)
            : (chosen, $"host {host.Text} is wider than the person allows here (WEBSTREAM_HOST={chosen.Text}), so {chosen.Text} stands in its place.");
    }
}
