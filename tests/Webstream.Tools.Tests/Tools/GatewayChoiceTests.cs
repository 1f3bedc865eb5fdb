using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Tools;

/// <summary>How the tools use a source that finds or starts gateways.</summary>
public sealed class GatewayChoiceTests
{
    [Theory]
    [InlineData(null, null, null, null)]
    [InlineData("9000", "127.0.0.1", null, null)]
    [InlineData("8000", "0.0.0.0", "0.0.0.0", 8000)]
    [InlineData("9001", "", null, 9001)]
    public async Task Push_NamingTheDefaults_NamesNothing(string? port, string? host, string? resolvedHost, int? resolvedPort)
    {
        var gateway = new ScriptedGateway { Defaults = new("127.0.0.1", 9000) };
        await using var server = await PipeServer.StartAsync(gateway);

        (await server.CallAsync("push_stream", new() { ["message"] = "text", ["port"] = port, ["host"] = host })).Ok();

        gateway.Resolved.ShouldBe((resolvedHost, resolvedPort));
        gateway.Pushed!.Items[0].Source.ShouldBe("pipe-client");
    }

    [Fact]
    public async Task Schema_AdvertisesTheDefaultsOfTheSource()
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Defaults = new("127.0.0.1", 9000) });

        var tools = await server.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken);
        var push = tools.Single(tool => tool.Name == "push_stream").JsonSchema.GetProperty("properties");

        push.GetProperty("port").GetProperty("default").GetInt32().ShouldBe(9000);
        push.GetProperty("host").GetProperty("default").GetString().ShouldBe("127.0.0.1");
        tools.ShouldAllBe(tool => tool.JsonSchema.GetProperty("properties").GetProperty("port").GetProperty("default").GetInt32() == 9000);
    }

    [Fact]
    public async Task Push_ThatStartedAServer_SaysSoWithItsNotes()
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Started = true, Notes = ["A note."] });

        var pushed = (await server.CallAsync("push_stream", new() { ["message"] = "text" })).Ok();

        pushed.Text.ShouldContain("The web server was not running and has been started for this message.");
        pushed.Text.ShouldContain("Note: A note.");
        pushed.Members.GetProperty("serverStarted").GetBoolean().ShouldBeTrue();
        pushed.Members.GetProperty("notes")[0].GetString().ShouldBe("A note.");
    }

    [Fact]
    public async Task Push_WhenOthersListenElsewhere_SaysWhere()
    {
        await using var server = await PipeServer.StartAsync(new ScriptedGateway { Other = new(9005, 2) });

        var pushed = (await server.CallAsync("push_stream", new() { ["message"] = "text" })).Ok();

        pushed.Text.ShouldContain("Warning: nobody is listening to this stream here, but 2 clients are at port 9005: send it again with port=9005 to reach them.");
        pushed.Members.GetProperty("otherPort").GetInt32().ShouldBe(9005);
        pushed.Members.GetProperty("otherClients").GetInt32().ShouldBe(2);
    }
}
