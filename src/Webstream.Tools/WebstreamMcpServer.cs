using Microsoft.Extensions.Logging;
using ModelContextProtocol.Server;

namespace Webstream.Tools;

/// <summary>Adds Webstream to an MCP server: the tools, the prompt, the resources, the instructions, and the checks of their input.</summary>
public static class WebstreamMcpServer
{
    /// <summary>
    /// Adds everything to a server's options. For a server made by hand, pass the options to <see cref="McpServer"/>'s <c>Create</c>. For a
    /// server in a container, call this in its <c>Configure</c>. Types are read with generated code, so this can be compiled ahead of time.
    /// A caller that makes options repeatedly keeps a <see cref="ServerFeatures"/> instead.
    /// </summary>
    /// <param name="options">The options of a server that has nothing else. <see cref="McpServerOptions.ServerInfo"/> is set too.</param>
    /// <param name="source">Where the calls go.</param>
    /// <param name="version">The product's version, for <see cref="McpServerOptions.ServerInfo"/>.</param>
    /// <param name="logging">Where failures are logged with their cause; null: nowhere. See <see cref="ServerFeatures.LibraryCategory"/>.</param>
    public static void AddWebstream(this McpServerOptions options, IGatewaySource source, string version, ILoggerFactory? logging = null) =>
        new ServerFeatures(source, version, logging).AddTo(options);
}
