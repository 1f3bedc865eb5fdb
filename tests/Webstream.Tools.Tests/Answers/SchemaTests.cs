using System.Text.Json;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Answers;

/// <summary>The members of answers against the schemas that the tools advertise.</summary>
public sealed class SchemaTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Fact]
    public async Task Answers_OfEveryTool_HaveWhatIsRequiredAndNothingUnknown()
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        var schemas = (await client.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken))
            .ToDictionary(tool => tool.Name, tool => tool.ProtocolTool.OutputSchema!.Value);

        await CheckAsync("push_stream", new { message = "text", stream, port = 9000 });
        await CheckAsync("push_stream", new { message = "text", stream, idempotencyKey = "k" });
        await CheckAsync("push_stream", new { message = "text", stream, idempotencyKey = "k" });
        await CheckAsync("ask_stream", new { question = "?", stream, wait_seconds = 0 });
        await CheckAsync("read_stream", new { stream });
        await CheckAsync("read_stream", new { stream, after = "0-0", limit = 1, unknown = true });
        await CheckAsync("read_stream", new { stream = $"{stream}-empty" });
        await CheckAsync("read_stream", new { stream, @event = "question" });
        await CheckAsync("read_stream", new { stream, last = 1, inReplyTo = "0-0" });
        var id = (await gateway.PushAsync(new string('x', 60_000), stream)).GetProperty("id").GetString();
        await CheckAsync("read_stream", new { stream, last = 1 });
        await CheckAsync("read_stream", new { stream, id, offset = 100 });
        await CheckAsync("list_streams", new { });
        await CheckAsync("stream_status", new { stream });
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        await CheckAsync("push_stream", new { message = "text", stream });
        await CheckAsync("stream_status", new { stream });

        async Task CheckAsync(string tool, object arguments) => Check(schemas[tool], (await client.CallAsync(tool, arguments)).Ok().Members, tool);
    }

    [Fact]
    public async Task Schemas_ReferToNothing()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var tools = await client.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);

        tools.ShouldAllBe(tool => !tool.ProtocolTool.OutputSchema!.Value.GetRawText().Contains("$ref"));
        tools.ShouldAllBe(tool => !tool.JsonSchema.GetRawText().Contains("$ref"));
    }

    private static void Check(JsonElement schema, JsonElement value, string path)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                var properties = schema.GetProperty("properties");
                foreach (var name in schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : [])
                {
                    value.TryGetProperty(name, out _).ShouldBeTrue($"{path}.{name} is missing");
                }

                foreach (var member in value.EnumerateObject())
                {
                    properties.TryGetProperty(member.Name, out var property).ShouldBeTrue($"{path}.{member.Name} is not in the schema");
                    Check(property, member.Value, $"{path}.{member.Name}");
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                {
                    Check(schema.GetProperty("items"), item, $"{path}[]");
                }

                break;
            default:
                schema.GetProperty("type").GetString().ShouldBe(
                    value.ValueKind switch { JsonValueKind.Number => "integer", JsonValueKind.String => "string", _ => "boolean" }, path);
                break;
        }
    }
}
