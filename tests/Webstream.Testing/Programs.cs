namespace Webstream.Testing;

/// <summary>The programs under test, as they were built in the same configuration as the tests. A test project builds those that it starts.</summary>
public static class Programs
{
    /// <summary>The command that runs the silo.</summary>
    public static IReadOnlyList<string> Silo { get; } = ["dotnet", Path.Combine(Repository.Built("Webstream.Silo"), "webstream-silo.dll")];

    /// <summary>The command that runs the gateway.</summary>
    public static IReadOnlyList<string> Gateway { get; } = ["dotnet", Path.Combine(Repository.Built("Webstream.Gateway"), "webstream-gateway.dll")];

    /// <summary>
    /// The folder of the MCP server, with the gateway that it carries along. <c>WEBSTREAM_MCP_UNDER_TEST</c> puts a published server in its place,
    /// for example one that was compiled ahead of time.
    /// </summary>
    public static string McpFolder { get; } =
        Environment.GetEnvironmentVariable("WEBSTREAM_MCP_UNDER_TEST") is { Length: > 0 } chosen ? chosen : Repository.Built("Webstream.Mcp");

    /// <summary>The MCP server's executable.</summary>
    public static string McpServer { get; } = Path.Combine(McpFolder, "webstream-mcp");

    /// <summary>The executable of the gateway that the MCP server carries along.</summary>
    public static string CarriedGateway { get; } = Path.Combine(McpFolder, "gateway", "webstream-gateway");
}
