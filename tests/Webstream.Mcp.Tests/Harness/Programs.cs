namespace Webstream.Mcp.Tests.Harness;

/// <summary>Where the programs under test lie: as they were built, in the same configuration as these tests.</summary>
internal static class Programs
{
    /// <summary>
    /// The folder of the server, with the gateway that it carries along. A published server can be put in its place, for example one that was
    /// compiled ahead of time.
    /// </summary>
    public static string Folder { get; } =
        Environment.GetEnvironmentVariable("WEBSTREAM_MCP_UNDER_TEST") is { Length: > 0 } chosen ? chosen : Repository.Built("Webstream.Mcp");

    /// <summary>The server.</summary>
    public static string Server { get; } = Path.Combine(Folder, "webstream-mcp");

    /// <summary>The gateway that it carries along.</summary>
    public static string Gateway { get; } = Path.Combine(Folder, "gateway", "webstream-gateway");
}
