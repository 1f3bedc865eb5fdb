using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using Webstream.Tools.Tests.Hosting;

namespace Webstream.Tools.Tests.Resources;

public sealed class ResourceTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private static readonly CancellationToken Stop = TestContext.Current.CancellationToken;

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    public static TheoryData<string> AllRevisions => Revisions.All;

    [Theory]
    [MemberData(nameof(AllRevisions))]
    public async Task Lists_NameEverythingWithTitleAndDescription(string revision)
    {
        await using var client = await TestClient.ConnectAsync(gateway, revision);

        var tools = await client.Client.ListToolsAsync(cancellationToken: Stop);
        var resources = await client.Client.ListResourcesAsync(cancellationToken: Stop);
        var templates = await client.Client.ListResourceTemplatesAsync(cancellationToken: Stop);
        var prompts = await client.Client.ListPromptsAsync(cancellationToken: Stop);

        tools.Select(t => t.Name).ShouldBe(["push_stream", "read_stream", "ask_stream", "list_streams", "stream_status"], ignoreOrder: true);
        tools.ShouldAllBe(t => t.Title != null && t.Description.Length > 50 && t.ProtocolTool.OutputSchema != null && t.ProtocolTool.Annotations != null && t.ProtocolTool.Annotations.ReadOnlyHint != null);
        tools.SelectMany(t => t.JsonSchema.GetProperty("properties").EnumerateObject()).ShouldAllBe(
            p => p.Value.GetProperty("description").ToString().Length > 20 && p.Value.GetProperty("type").ValueKind == JsonValueKind.String);
        resources.Select(r => r.Uri).ShouldBe(["webstream://status", "webstream://history"], ignoreOrder: true);
        templates.Select(t => t.UriTemplate).ShouldBe(["webstream://streams/{stream}/status", "webstream://streams/{stream}/history"], ignoreOrder: true);
        resources.ShouldAllBe(r => r.Title != null && r.Description != null && r.MimeType != null);
        prompts.ShouldHaveSingleItem().Name.ShouldBe("narrate");
        client.Client.ServerInstructions.ShouldNotBeNull().ShouldContain("Active clients");
        client.Client.ServerInfo.ShouldNotBeNull().Name.ShouldBe("webstream");
    }

    [Fact]
    public async Task Status_OfAStream_IsItsNumbers()
    {
        await gateway.PushManyAsync(3, stream);
        await using var client = await TestClient.ConnectAsync(gateway);

        var text = await ReadAsync(client, $"webstream://streams/{stream}/status");

        using var status = JsonDocument.Parse(text);
        status.RootElement.GetProperty("stream").GetProperty("retained").GetInt32().ShouldBe(3);
        status.RootElement.GetProperty("stream").GetProperty("name").GetString().ShouldBe(stream);
    }

    [Fact]
    public async Task History_OfALongStream_IsItsNewestMessagesFenced()
    {
        await gateway.PushManyAsync(120, stream, padding: 1000);
        await using var client = await TestClient.ConnectAsync(gateway);

        var text = await ReadAsync(client, $"webstream://streams/{stream}/history");

        text.ShouldMatch(@"\AThe newest \d+ of 120 messages of the stream ");
        text.ShouldContain("===== begin ");
        text.ShouldContain("| 120.");
        text.ShouldNotContain("| 60.");
        System.Text.Encoding.UTF8.GetByteCount(text).ShouldBeLessThan(32 * 1024);
    }

    [Theory]
    [InlineData("webstream://status")]
    [InlineData("webstream://history")]
    public async Task Resource_OfMain_CanBeRead(string uri)
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        (await ReadAsync(client, uri)).ShouldContain("main");
    }

    [Theory]
    [InlineData("webstream://streams/main/status")]
    [InlineData("webstream://streams/deploy%3Aprod/history")]
    [InlineData("webstream://streams/deploy:prod/history")]
    [InlineData("webstream://status/")]
    [InlineData("WEBSTREAM://status")]
    public async Task Resource_ThatIsRead_HasTheAddressThatWasAskedFor(string uri)
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        (await client.Client.ReadResourceAsync(uri, cancellationToken: Stop)).Contents.ShouldHaveSingleItem().Uri.ShouldBe(uri);
    }

    [Theory]
    [InlineData("webstream://streams/no%20name/history", "A stream name is 1 to 100 characters")]
    [InlineData("webstream://nothing", "webstream://nothing")]
    public async Task Resource_ThatCannotBe_IsAnErrorThatSaysSo(string uri, string says)
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        (await Should.ThrowAsync<McpException>(() => ReadAsync(client, uri))).Message.ShouldContain(says);
    }

    [Fact]
    public async Task Prompt_ToNarrate_NamesTaskAndStream()
    {
        await using var client = await TestClient.ConnectAsync(gateway);

        var prompt = await client.Client.GetPromptAsync("narrate", new Dictionary<string, object?> { ["task"] = "Mend the build", ["stream"] = stream }, cancellationToken: Stop);
        var plain = await client.Client.GetPromptAsync("narrate", cancellationToken: Stop);
        var wrong = await Should.ThrowAsync<McpException>(
            async () => await client.Client.GetPromptAsync("narrate", new Dictionary<string, object?> { ["stream"] = "no name" }, cancellationToken: Stop));

        TextOf(prompt).ShouldStartWith("Work on this: Mend the build\n");
        TextOf(prompt).ShouldContain($"push_stream (stream=\"{stream}\")");
        TextOf(plain).ShouldContain("push_stream (stream=\"main\")");
        wrong.Message.ShouldContain("1 to 100 characters");
    }

    [Fact]
    public async Task List_OfManyStreams_ShowsTheNewestAndSaysHowManyMore()
    {
        await using var own = await TestGateway.StartAsync();
        var prefix = new string('s', 90);
        for (var i = 0; i < 45; i++)
        {
            await own.PushAsync("text", $"{prefix}-{i}");
        }

        await using var client = await TestClient.ConnectAsync(own);
        await Until.TrueAsync(async () => (await client.CallAsync("list_streams")).Ok().Members.GetProperty("total").GetInt32() == 45);

        var list = (await client.CallAsync("list_streams")).Ok();

        list.Bytes.ShouldBeLessThan(32 * 1024);
        list.Members.GetProperty("streams").GetArrayLength().ShouldBe(40);
        list.Text.ShouldContain("Note: 5 more streams are not shown.");
    }

    private static string TextOf(GetPromptResult prompt) => prompt.Messages.ShouldHaveSingleItem().Content.ShouldBeOfType<TextContentBlock>().Text;

    private static async Task<string> ReadAsync(TestClient client, string uri) =>
        (await client.Client.ReadResourceAsync(uri, cancellationToken: Stop)).Contents.ShouldHaveSingleItem().ShouldBeOfType<TextResourceContents>().Text;
}
