using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Webstream.Mcp.Tests.Harness;

/// <summary>An assistant: the SDK's client with the server as its child process.</summary>
internal static class Assistant
{
    public static Task<McpClient> StartAsync(Machine machine, string? revision = null, params (string Name, string Value)[] environment)
    {
        var transport = new StdioClientTransport(new()
        {
            Command = Programs.McpServer,
            Name = "webstream",
            EnvironmentVariables = System.Environment.GetEnvironmentVariables().Keys.Cast<string>()
                .Where(ChildProcess.IsSetting)
                .ToDictionary(name => name, _ => (string?)null)
                .Concat(machine.Environment.Select(variable => KeyValuePair.Create(variable.Key, (string?)variable.Value)))
                .Concat(environment.Select(variable => KeyValuePair.Create(variable.Name, (string?)variable.Value)))
                .GroupBy(variable => variable.Key)
                .ToDictionary(group => group.Key, group => group.Last().Value),
            ShutdownTimeout = TimeSpan.FromSeconds(10),
        });
        return McpClient.CreateAsync(
            transport,
            new()
            {
                ClientInfo = new() { Name = "test", Version = "1" },
                ProtocolVersion = revision,
                InitializationTimeout = Until.Patience,
                // With a shorter timeout, the client would take a server that starts slowly for an old one.
                DiscoverProbeTimeout = Timeout.InfiniteTimeSpan,
            },
            cancellationToken: TestContext.Current.CancellationToken);
    }

    public static Task<CallToolResult> PushAsync(this McpClient client, string message, params (string Name, object Value)[] arguments) =>
        client.CallAsync("push_stream", [("message", message), .. arguments]);

    public static async Task<CallToolResult> CallAsync(this McpClient client, string tool, params (string Name, object Value)[] arguments) =>
        await client.CallToolAsync(
            tool, arguments.ToDictionary(argument => argument.Name, argument => (object?)argument.Value), cancellationToken: TestContext.Current.CancellationToken);

    public static string Text(this CallToolResult result) => string.Concat(result.Content.OfType<TextContentBlock>().Select(block => block.Text));
}
