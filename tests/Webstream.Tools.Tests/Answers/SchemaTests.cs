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
        var schemas = await EveryAnswer.SchemasAsync(client);

        await foreach (var (tool, members) in EveryAnswer.OfAsync(gateway, client, stream))
        {
            Check(schemas[tool], members, tool);
        }
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
