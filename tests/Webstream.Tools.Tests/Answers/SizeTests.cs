using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol;
using ModelContextProtocol.Client;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Answers;

/// <summary>What the tools cost a model, in tokens.</summary>
public sealed class SizeTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static readonly string[] OnlyOnStandardInput = ["host", "port"];

    private readonly TestGateway gateway = fixture.Gateway;

    [Fact]
    public async Task Push_ThatIsHeard_CostsAtMostFortyTokensInEitherForm()
    {
        await using var listener = await gateway.ListenAsync("/stream/build");
        await using var client = await TestClient.ConnectAsync(gateway);

        var pushed = (await client.CallAsync("push_stream", new { message = "text", stream = "build" })).Ok();

        pushed.Members.EnumerateObject().Select(member => member.Name).ShouldBe(["status", "clients", "id"]);
        pushed.Text.Split('\n').ShouldBe(["Pushed to the stream build.", "Active clients: 1", $"Id: {pushed["id"]}"]);
        Tokens.In(pushed.Members).ShouldBeLessThanOrEqualTo(40);
        Tokens.In(pushed.Text).ShouldBeLessThanOrEqualTo(40);
    }

    [Fact]
    public async Task Tools_OnStandardInput_AndInstructions_CostAtMost1700Tokens()
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway());

        await CheckAsync(server.Client);
    }

    [Fact]
    public async Task Tools_AtMcp_AndInstructions_CostAtMost1700Tokens()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        await CheckAsync(client.Client);
    }

    [Fact]
    public async Task Tools_AtMcp_AdvertiseNoArgumentThatChangesNothing()
    {
        await using var client = await TestClient.ConnectAsync(gateway);
        await using var server = await PipeServer.StartAsync(new ScriptedGateway());

        (await ArgumentsAsync(client.Client)).ShouldNotContain(OnlyOnStandardInput[0]);
        (await ArgumentsAsync(client.Client)).ShouldNotContain(OnlyOnStandardInput[1]);
        OnlyOnStandardInput.ShouldBeSubsetOf(await ArgumentsAsync(server.Client));
    }

    private static async Task<IEnumerable<string>> ArgumentsAsync(McpClient client) =>
        (await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken))
            .SelectMany(tool => tool.JsonSchema.GetProperty("properties").EnumerateObject().Select(argument => argument.Name)).Distinct().ToArray();

    private static async Task CheckAsync(McpClient client)
    {
        var tools = await client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        var listed = new JsonArray([.. tools.Select(tool =>
        {
            var shown = JsonSerializer.SerializeToNode(tool.ProtocolTool, McpJsonUtilities.DefaultOptions)!.AsObject();
            shown.Remove("outputSchema");
            return shown;
        })]);
        var cost = Tokens.In(JsonSerializer.SerializeToElement(listed)) + Tokens.In(client.ServerInstructions!);

        cost.ShouldBeLessThanOrEqualTo(1700);
        TestContext.Current.SendDiagnosticMessage($"{cost} tokens");
        tools.SelectMany(tool => tool.JsonSchema.GetProperty("properties").EnumerateObject())
            .ShouldAllBe(argument => argument.Value.GetProperty("description").GetString()!.Length > 20);
    }
}
