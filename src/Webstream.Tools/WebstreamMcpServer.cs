using Microsoft.Extensions.Logging;
using ModelContextProtocol.Server;

namespace Webstream.Tools;

/// <summary>Makes an MCP server Webstream's: the tools, the prompt, the resources, the instructions, and the checks of what is sent to them.</summary>
public static class WebstreamMcpServer
{
    /// <summary>
    /// Adds everything to a server's options: for a server made by hand pass them to <see cref="McpServer"/>'s <c>Create</c>, for one in a
    /// container call this in its <c>Configure</c>. Types are read with generated code, so it can be compiled ahead of time.
    /// Whoever makes options again and again keeps a <see cref="ServerFeatures"/> instead.
    /// </summary>
    /// <param name="options">The options of a server that has nothing else. <see cref="McpServerOptions.ServerInfo"/> is set too.</param>
    /// <param name="source">Where the calls go.</param>
    /// <param name="version">The product's version, for <see cref="McpServerOptions.ServerInfo"/>.</param>
    /// <param name="logging">Where failures are told with their cause; none: nowhere. See <see cref="ServerFeatures.LibraryCategory"/>.</param>
    public static void AddWebstream(this McpServerOptions options, IGatewaySource source, string version, ILoggerFactory? logging = null) =>
        new ServerFeatures(source, version, logging).AddTo(options);
}
