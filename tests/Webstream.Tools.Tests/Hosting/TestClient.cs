using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>An MCP client of the SDK that is connected to a gateway's <c>/mcp</c>.</summary>
internal sealed class TestClient : IAsyncDisposable
{
    private TestClient(McpClient client) => Client = client;

    public McpClient Client { get; }

    public static Task<TestClient> ConnectAsync(TestGateway gateway, string revision = Revisions.July2026, params (string Name, string Value)[] headers) =>
        ConnectAsync(gateway.Address, revision, "test-client", headers);

    public static async Task<TestClient> ConnectAsync(Uri gateway, string revision, string name, params (string Name, string Value)[] headers)
    {
        var transport = new HttpClientTransport(
            new() { Endpoint = new(gateway, "/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, new HttpClient(new AddedHeaders(headers)), ownsHttpClient: true);
        return new(await McpClient.CreateAsync(transport, new()
        {
            ProtocolVersion = revision,
            ClientInfo = new() { Name = name, Version = "1" },
            // With a shorter timeout, the client would take a slow server on a busy machine for an old one.
            DiscoverProbeTimeout = Timeout.InfiniteTimeSpan,
        }));
    }

    /// <summary>Calls a tool with the members of an object as its arguments.</summary>
    public Task<ToolReply> CallAsync(string tool, object? arguments = null, IProgress<ProgressNotificationValue>? progress = null) =>
        CallRawAsync(tool, JsonSerializer.Serialize(arguments ?? new { }), progress);

    /// <summary>Calls a tool with arguments exactly as they stand.</summary>
    public async Task<ToolReply> CallRawAsync(string tool, string arguments, IProgress<ProgressNotificationValue>? progress = null)
    {
        var parsed = JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(arguments)!.ToDictionary(p => p.Key, p => (object?)p.Value);
        return new(await Client.CallToolAsync(tool, parsed, progress, cancellationToken: TestContext.Current.CancellationToken));
    }

    public ValueTask DisposeAsync() => Client.DisposeAsync();
}

/// <summary>The answer of a tool.</summary>
internal sealed record ToolReply(CallToolResult Result)
{
    public bool IsError => Result.IsError == true;

    public string Text => Result.Content.ShouldHaveSingleItem().ShouldBeOfType<TextContentBlock>().Text;

    public JsonElement Members => Result.StructuredContent.ShouldNotBeNull();

    /// <summary>The size in bytes of UTF-8 of everything that a model may get to read.</summary>
    public int Bytes => System.Text.Encoding.UTF8.GetByteCount(Text) + JsonSerializer.SerializeToUtf8Bytes(Members, Readable).Length;

    private static readonly JsonSerializerOptions Readable = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public string this[string member] => Members.GetProperty(member).ToString();

    public ToolReply Ok()
    {
        IsError.ShouldBeFalse(Text);
        return this;
    }

    /// <summary>The text of an answer, which has to be an error.</summary>
    public string Error()
    {
        IsError.ShouldBeTrue(Text);
        return Text;
    }
}
