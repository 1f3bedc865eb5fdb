using System.Text.Json;
using System.Text.Json.Nodes;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Programs;

/// <summary>Schemas and answers as a strict client reads them: with ajv.</summary>
public sealed class AjvTests(GatewayFixture fixture, CheckerPrograms programs) : IClassFixture<GatewayFixture>, IClassFixture<CheckerPrograms>
{
    [Fact]
    public async Task Answers_OfEveryTool_AreValid()
    {
        await using var client = await TestClient.ConnectAsync(fixture.Gateway);
        var schemas = await EveryAnswer.SchemasAsync(client);
        var cases = new JsonArray();
        await foreach (var (tool, members) in EveryAnswer.OfAsync(fixture.Gateway, client, TestStream.New()))
        {
            cases.Add(Case($"{tool} {cases.Count}", schemas[tool], members));
        }

        foreach (var tool in await client.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken))
        {
            cases.Add(Case($"the arguments of {tool.Name}", tool.JsonSchema, null));
        }

        var run = await programs.ValidateAsync(cases.ToJsonString());

        run.ExitCode.ShouldBe(0, run.ToString());
        run.Output.ShouldBe($"{cases.Count} valid");
    }

    [Fact]
    public async Task Answer_WithoutWhatIsRequired_IsNotValid()
    {
        await using var client = await TestClient.ConnectAsync(fixture.Gateway);
        using var nothing = JsonDocument.Parse("{}");

        var run = await programs.ValidateAsync(new JsonArray(Case("push", (await EveryAnswer.SchemasAsync(client))["push_stream"], nothing.RootElement)).ToJsonString());

        run.ExitCode.ShouldBe(1, run.ToString());
        run.Errors.ShouldContain("must have required property 'status'");
    }

    private static JsonObject Case(string name, JsonElement schema, JsonElement? value)
    {
        var one = new JsonObject { ["name"] = name, ["schema"] = JsonObject.Create(schema) };
        if (value is { } members)
        {
            one["value"] = JsonObject.Create(members);
        }

        return one;
    }
}
