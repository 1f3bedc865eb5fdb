using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>
/// Where tool calls go. The <c>/mcp</c> of a gateway has one that is always itself; the server on standard input and output has one that
/// finds a gateway or starts it.
/// </summary>
public interface IGatewaySource
{
    /// <summary>The host and port that the tools advertise as their defaults. Read once, when the tools are made.</summary>
    GatewayDefaults Defaults { get; }

    /// <summary>
    /// Cancelled when the server is about to end: tools that wait for messages then answer at once with what they have, and the cursor to
    /// go on from. What is being pushed is still pushed.
    /// </summary>
    CancellationToken Stopping { get; }

    /// <summary>The gateway for a call.</summary>
    /// <param name="host">Where a gateway that is started for the call should listen; none when the model did not say.</param>
    /// <param name="port">The port, 1 to 65535; none when the model did not say.</param>
    /// <param name="cancellationToken">Cancelled when nobody waits for the answer any more.</param>
    /// <exception cref="WebstreamException">
    /// The request is refused (<see cref="WebstreamError.Invalid"/>) or there is no gateway to be had (<see cref="WebstreamError.Unavailable"/>).
    /// The text is shown to the model as it is: it says what to do instead, and nothing of the inside.
    /// </exception>
    Task<GatewayTarget> ResolveAsync(string? host, int? port, CancellationToken cancellationToken);

    /// <summary>
    /// Looks for another gateway on this machine that has listeners of a stream, for the answer to a push that nobody heard. Never starts one.
    /// </summary>
    /// <returns>The one with the most listeners; none when there is none, or when it is not this source's to look.</returns>
    Task<OtherGateway?> FindListenedAsync(GatewayTarget current, StreamName stream, CancellationToken cancellationToken);
}

/// <summary>What the tools advertise as the defaults of <c>host</c> and <c>port</c>.</summary>
/// <param name="Host">The address.</param>
/// <param name="Port">The port.</param>
public sealed record GatewayDefaults(string Host = GatewayDefaults.OriginalHost, int Port = GatewayDefaults.OriginalPort)
{
    /// <summary>Where the original listened.</summary>
    public const string OriginalHost = "0.0.0.0";

    /// <summary>The original's port.</summary>
    public const int OriginalPort = 8000;
}

/// <summary>A gateway that takes a call.</summary>
/// <param name="Webstream">What to ask.</param>
/// <param name="Addresses">
/// The bases that a person can open in a browser, the best one first: the dashboard is there, and <c>stream/{name}</c> below it is the event
/// stream. Never <c>0.0.0.0</c>. Empty when none is known.
/// </param>
/// <param name="Started">Whether it was started for this call.</param>
/// <param name="Notes">What to tell the model besides, a sentence each, such as that <c>host</c> and <c>port</c> were ignored and why.</param>
public sealed record GatewayTarget(IWebstream Webstream, IReadOnlyList<Uri> Addresses, bool Started = false, params IReadOnlyList<string> Notes);

/// <summary>Another gateway of this machine, where somebody listens.</summary>
/// <param name="Port">Its port: what to pass as <c>port</c>.</param>
/// <param name="Clients">How many listen to the stream there.</param>
public sealed record OtherGateway(int Port, int Clients);
