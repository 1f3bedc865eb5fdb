using System.CommandLine;

namespace Webstream.Mcp.Hosting;

/// <summary>The command line. It has only the options that ask what this program is. Settings are environment variables.</summary>
internal static class CommandLine
{
    /// <summary>Runs the server, or answers <c>--help</c> and <c>--version</c>.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="output">Standard output.</param>
    /// <param name="run">Runs the server over standard input and this output.</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, Stream output, Func<Stream, Stream, Task<int>> run)
    {
        var root = new RootCommand(
            "The Webstream MCP server on standard input and output: an assistant starts it and pushes messages to everybody who listens. "
            + "It starts a gateway on this machine if none runs, or uses the one that WEBSTREAM_URL names.\n\n"
            + "Settings, as environment variables:\n"
            + "  WEBSTREAM_URL         a gateway elsewhere, for example https://stream.example.org; nothing is started then\n"
            + "  WEBSTREAM_API_KEY     the key for writing\n"
            + "  WEBSTREAM_HOST        where a gateway that is started listens (default 0.0.0.0, all addresses of this machine)\n"
            + "  WEBSTREAM_PORT        its port (default 8000)\n"
            + "  WEBSTREAM_PUBLIC_URL  the address that people are told to open\n"
            + "  WEBSTREAM_STATE_DIR   where the started gateway's log and lock are kept\n\n"
            + "A first test: echo '{\"jsonrpc\":\"2.0\",\"method\":\"tools/list\",\"id\":1}' | webstream-mcp");
        root.SetAction((_, _) => run(Console.OpenStandardInput(), output));
        // People asked for these answers. They are the only text besides the protocol that goes to standard output.
        using var answers = new StreamWriter(output, leaveOpen: true) { AutoFlush = true };
        return await root.Parse(args).InvokeAsync(new InvocationConfiguration { Output = answers, Error = Console.Error, ProcessTerminationTimeout = null });
    }
}
