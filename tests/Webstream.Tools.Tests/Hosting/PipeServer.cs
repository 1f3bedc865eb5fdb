using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>The tools in memory, for behaviour that a real gateway does not show when a test wants it.</summary>
internal sealed class PipeServer : IAsyncDisposable
{
    private readonly McpServer server;
    private readonly Task running;

    private PipeServer(McpServer server, Task running, McpClient client) => (this.server, this.running, Client) = (server, running, client);

    public McpClient Client { get; }

    public static async Task<PipeServer> StartAsync(IGatewaySource source, ILoggerFactory? logging = null, TimeProvider? time = null)
    {
        var (toServer, toClient) = (new Pipe(), new Pipe());
        var options = new McpServerOptions();
        new ServerFeatures(source, "1.2.3", logging, time).AddTo(options);
        var server = McpServer.Create(
            new StreamServerTransport(toServer.Reader.AsStream(), toClient.Writer.AsStream(), "test", NullLoggerFactory.Instance), options, logging ?? NullLoggerFactory.Instance);
        var running = server.RunAsync();
        var client = await McpClient.CreateAsync(
            new StreamClientTransport(toServer.Writer.AsStream(), toClient.Reader.AsStream()), new() { ClientInfo = new() { Name = "pipe-client", Version = "1" } });
        return new(server, running, client);
    }

    public async Task<ToolReply> CallAsync(string tool, Dictionary<string, object?>? arguments = null) =>
        new(await Client.CallToolAsync(tool, arguments, cancellationToken: TestContext.Current.CancellationToken));

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await server.DisposeAsync();
        await running;
    }
}
