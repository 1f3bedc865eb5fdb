namespace Webstream.Mcp.Tests.Harness;

/// <summary>Where the programs under test lie: as they were built, of the same configuration as these tests.</summary>
internal static class Programs
{
    /// <summary>The folder of the server, with the gateway that it carries along.</summary>
    public static string Folder { get; } = Find();

    /// <summary>The server.</summary>
    public static string Server { get; } = Path.Combine(Folder, "webstream-mcp");

    /// <summary>The gateway that it carries along.</summary>
    public static string Gateway { get; } = Path.Combine(Folder, "gateway", "webstream-gateway");

    private static string Find()
    {
        // A published one can be put in its place, such as one that was compiled ahead of time.
        if (Environment.GetEnvironmentVariable("WEBSTREAM_MCP_UNDER_TEST") is { Length: > 0 } chosen)
        {
            return chosen;
        }

        var here = new DirectoryInfo(AppContext.BaseDirectory);
        var (framework, configuration) = (here.Name, here.Parent!.Name);
        var root = here;
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "WebstreamMcp.sln")))
        {
            root = root.Parent;
        }

        return Path.Combine(root!.FullName, "src", "Webstream.Mcp", "bin", configuration, framework);
    }
}
