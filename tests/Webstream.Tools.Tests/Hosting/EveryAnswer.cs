using System.Text.Json;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>Answers of every tool, in all their forms.</summary>
internal static class EveryAnswer
{
    private static readonly string[] YesNo = ["yes", "no"];

    /// <summary>The schemas of the members, by tool.</summary>
    public static async Task<Dictionary<string, JsonElement>> SchemasAsync(TestClient client) =>
        (await client.Client.ListToolsAsync(cancellationToken: TestContext.Current.CancellationToken))
            .ToDictionary(tool => tool.Name, tool => tool.ProtocolTool.OutputSchema!.Value);

    /// <summary>The tools, and the members of what they answer.</summary>
    public static async IAsyncEnumerable<(string Tool, JsonElement Members)> OfAsync(TestGateway gateway, TestClient client, string stream)
    {
        yield return await CallAsync("push_stream", new { message = "text", stream, port = 9000 });
        yield return await CallAsync("push_stream", new { message = "text", stream, idempotencyKey = "k" });
        yield return await CallAsync("push_stream", new { message = "text", stream, idempotencyKey = "k", unknown = true });
        var asked = await CallAsync("ask_stream", new { question = "?", options = YesNo, stream, wait_seconds = 0, idempotencyKey = "q" });
        yield return asked;
        var question = asked.Members.GetProperty("questionId").GetString();
        await gateway.PushAsync("a free word", stream);
        await gateway.PostAsync("/api/push", JsonSerializer.Serialize(new { message = "maybe", stream, @event = "reply", inReplyTo = question, source = "bob" })).OkAsync();
        yield return await CallAsync("ask_stream", new { question = "?", options = YesNo, stream, wait_seconds = 0, idempotencyKey = "q" });
        yield return await CallAsync("read_stream", new { stream });
        yield return await CallAsync("read_stream", new { stream, after = "0-0", limit = 1, wait_seconds = 900 });
        yield return await CallAsync("read_stream", new { stream, after = "1234567890abcdef-1" });
        yield return await CallAsync("read_stream", new { stream = $"{stream}-empty" });
        yield return await CallAsync("read_stream", new { stream, @event = "question" });
        yield return await CallAsync("read_stream", new { stream, after = question, inReplyTo = question });
        var id = (await gateway.PushAsync(new string('x', 60_000), stream)).GetProperty("id").GetString();
        yield return await CallAsync("read_stream", new { stream, last = 1 });
        yield return await CallAsync("read_stream", new { stream, id, offset = 100 });
        yield return await CallAsync("list_streams", new { });
        yield return await CallAsync("stream_status", new { stream });
        await using var listener = await gateway.ListenAsync($"/stream/{stream}");
        yield return await CallAsync("push_stream", new { message = "text", stream });
        yield return await CallAsync("stream_status", new { stream });

        async Task<(string Tool, JsonElement Members)> CallAsync(string tool, object arguments) => (tool, (await client.CallAsync(tool, arguments)).Ok().Members);
    }
}
