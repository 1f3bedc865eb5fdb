using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>
/// Where tool calls go. At the <c>/mcp</c> of a gateway they always go to that gateway. The server on standard input and output has a
/// source that finds or starts a gateway.
/// </summary>
public interface IGatewaySource
{
    /// <summary>The host and port that the tools advertise as their defaults. Read once, when the tools are made.</summary>
    GatewayDefaults Defaults { get; }

    /// <summary>
    /// Whether callers share this source, as at the <c>/mcp</c> of a gateway. Then <c>host</c> and <c>port</c> are not advertised (they are
    /// taken all the same), and nobody knows which messages are a caller's own. Otherwise the server has one caller, an assistant.
    /// </summary>
    bool IsShared => false;

    /// <summary>
    /// Cancelled when the server is about to end. Tools that wait for messages then answer at once with the messages so far and the cursor to
    /// continue from. A push under way is completed.
    /// </summary>
    CancellationToken Stopping { get; }

    /// <summary>The gateway for a call.</summary>
    /// <param name="host">Where a gateway that is started for the call should listen; null when the model did not say.</param>
    /// <param name="port">The port, 1 to 65535; null when the model did not say.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the answer any more.</param>
    /// <exception cref="WebstreamException">
    /// The request is refused (<see cref="WebstreamError.Invalid"/>) or no gateway is available (<see cref="WebstreamError.Unavailable"/>).
    /// The model sees the text as it is: the text says what to do instead, and nothing of the implementation.
    /// </exception>
    Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken);

    /// <summary>
    /// Looks for another gateway on this machine that has listeners of a stream, for the answer to a push that had no listeners. Never starts one.
    /// </summary>
    /// <returns>The gateway with the most listeners; null when there is none, or when this source does not look for gateways.</returns>
    Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken);
}

/// <summary>What the tools advertise as the defaults of <c>host</c> and <c>port</c>.</summary>
/// <param name="Host">The address.</param>
/// <param name="Port">The port.</param>
public sealed record GatewayDefaults(string Host = GatewayDefaults.OriginalHost, int Port = GatewayDefaults.OriginalPort)
{
    /// <summary>The address at which the original listened.</summary>
    public const string OriginalHost = "0.0.0.0";

    /// <summary>The original's port.</summary>
    public const int OriginalPort = 8000;
}

/// <summary>A gateway that takes a call.</summary>
/// <param name="Webstream">The operations of that gateway.</param>
/// <param name="Addresses">
/// The base addresses that a person can open in a browser, the best first: the dashboard is there, and <c>stream/{name}</c> below it is the
/// event stream. Never <c>0.0.0.0</c>. Empty when none is known.
/// </param>
/// <param name="Started">Whether it was started for this call.</param>
/// <param name="Notes">Further news for the model, a sentence each: for example that <c>host</c> and <c>port</c> were ignored, and why.</param>
public sealed record GatewayTarget(IWebstream Webstream, IReadOnlyList<Uri> Addresses, bool Started = false, params IReadOnlyList<string> Notes)
{
    /// <summary>The port that the model has to name again to get here; none: it gets here without.</summary>
    public int? Port { get; init; }
}

/// <summary>Another gateway of this machine that has listeners.</summary>
/// <param name="Port">Its port: the value to pass as <c>port</c>.</param>
/// <param name="Clients">The number of listeners of the stream there.</param>
public sealed record OtherGateway(int Port, int Clients);
