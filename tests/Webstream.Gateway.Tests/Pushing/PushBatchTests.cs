using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushBatchTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Type = "application/x-ndjson";

    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("{\"message\":\"a\"}\n{\"message\":\"b\"}")]
    [InlineData("{\"message\":\"a\"}\n{\"message\":\"b\"}\n")]
    [InlineData("{\"message\":\"a\"}\r\n{\"message\":\"b\"}\r\n")]
    [InlineData("\n\r\n  \n{\"message\":\"a\"}\n\n\t\n{\"message\":\"b\"}\n\n")]
    public async Task Batch_HoweverItsLinesEnd_IsItsMessagesInOrder(string body)
    {
        (await PushAsync(body)).GetProperty("accepted").GetInt32().ShouldBe(2);

        (await gateway.MessagesAsync(stream)).ShouldBe(["a", "b"]);
    }

    [Theory]
    [InlineData("application/ndjson")]
    [InlineData("application/ldjson")]
    [InlineData("application/x-ldjson")]
    [InlineData("application/jsonl")]
    [InlineData("application/x-jsonl")]
    [InlineData("application/x-jsonlines; charset=utf-8")]
    [InlineData("application/json-lines")]
    [InlineData("text/x-ndjson")]
    [InlineData("Application/X-NDJSON")]
    public async Task Batch_UnderEachOfItsNames_IsABatch(string type)
    {
        (await gateway.PostAsync($"/api/push?stream={stream}", "{\"message\":\"a\"}\n{\"message\":\"b\"}", type).OkAsync()).GetProperty("accepted").GetInt32().ShouldBe(2);

        (await gateway.MessagesAsync(stream)).ShouldBe(["a", "b"]);
    }

    [Fact]
    public async Task Batch_OfOneLine_IsAnsweredAsABatch()
    {
        var answer = await PushAsync("{\"message\":\"a\"}");

        answer.GetProperty("accepted").GetInt32().ShouldBe(1);
        answer.GetProperty("firstId").GetString().ShouldBe(answer.GetProperty("lastId").GetString());
    }

    [Fact]
    public async Task Batch_WhoseLinesNameTheStream_GoesThere()
    {
        var body = $"{{\"message\":\"a\",\"stream\":\"{stream}\"}}\n{{\"message\":\"b\"}}\n{{\"message\":\"c\",\"stream\":\"{stream}\"}}";

        (await gateway.PostAsync("/api/push", body, Type).OkAsync()).GetProperty("stream").GetString().ShouldBe(stream);

        (await gateway.MessagesAsync(stream)).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Batch_OfTheMostMessages_IsTaken()
    {
        var texts = Enumerable.Range(0, 256).Select(i => $"m{i}").ToArray();

        await PushAsync(Lines(texts));

        (await gateway.MessagesAsync(stream)).ShouldBe(texts);
    }

    [Fact]
    public async Task Batch_OfTheMostBytes_IsTaken()
    {
        string[] texts = [.. Enumerable.Range(0, 4).Select(i => new string((char)('a' + i), 64 * 1024))];

        await PushAsync(Lines(texts));

        (await gateway.MessagesAsync(stream)).ShouldBe(texts);
    }

    [Fact]
    public async Task Batches_PushedAtOnce_StandEachInOnePiece()
    {
        var batches = Enumerable.Range(0, 24).Select(b => Enumerable.Range(0, 20).Select(i => $"{b}.{i}").ToArray()).ToArray();

        await Task.WhenAll(batches.Select(batch => PushAsync(Lines(batch))));

        var all = await gateway.MessagesAsync(stream);
        all.Length.ShouldBe(24 * 20);
        all.Chunk(20).Select(piece => string.Join(' ', piece))
            .ShouldBe(batches.Select(batch => string.Join(' ', batch)), ignoreOrder: true);
    }

    [Theory]
    [InlineData("{\"message\":\"a\"}\n{\"message\":\"\"}", "Line 2: There is no message, or it is empty. Send {\"message\": \"your text\"}.")]
    [InlineData("{\"message\":\"a\"}\n\nnot json", "The body is not a JSON object. Line 3 is not a JSON object with a message. Send {\"message\": \"your text\"}.")]
    [InlineData("{\"message\":\"a\"}\n{\"message\":7}", "The member message has the wrong type: texts are strings, options a list of strings. Line 2 is not a JSON object with a message. Send {\"message\": \"your text\"}.")]
    [InlineData("{\"message\":\"a\",\"stream\":\"x1\"}\n{\"message\":\"b\",\"stream\":\"x2\"}", "The request names two streams, x1 and x2. Name one.")]
    [InlineData("{\"message\":\"a\",\"stream\":\"x1\"}", "The request names two streams, x1 and STREAM. Name one.")]
    [InlineData("{\"message\":\"a\",\"idempotencyKey\":\"k1\"}\n{\"message\":\"b\",\"idempotencyKey\":\"k2\"}", "A batch has one idempotency key for the whole of it; its lines name several.")]
    [InlineData("", "The batch is empty. Send one JSON object a line. Send {\"message\": \"your text\"}.")]
    [InlineData("\r\n\n", "The batch is empty. Send one JSON object a line. Send {\"message\": \"your text\"}.")]
    public async Task Batch_WithOneBadLine_IsRefusedWhole(string body, string error)
    {
        (await gateway.PostAsync($"/api/push?stream={stream}", body, Type).ProblemAsync(400)).ShouldBe(error.Replace("STREAM", stream, StringComparison.Ordinal));

        foreach (var name in new[] { stream, "x1", "x2" })
        {
            (await gateway.HeadAsync(name)).ShouldBe("0-0");
        }
    }

    [Fact]
    public async Task Batch_OfOneMessageTooMany_IsTooLarge()
    {
        var body = Lines([.. Enumerable.Repeat("a", 257)]);

        (await gateway.PostAsync($"/api/push?stream={stream}", body, Type).ProblemAsync(413))
            .ShouldBe("A batch holds at most 256 messages. Send it in parts.");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Fact]
    public async Task Batch_OfOneByteTooMuch_IsTooLarge()
    {
        var body = Lines([.. Enumerable.Repeat(new string('a', 64 * 1024), 4), "a"]);

        (await gateway.PostAsync($"/api/push?stream={stream}", body, Type).ProblemAsync(413))
            .ShouldBe("A batch holds at most 262144 bytes; this one has 262145. Send it in parts.");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    [Fact]
    public async Task Batch_WithOneMessageTooLong_IsTooLarge()
    {
        (await gateway.PostAsync($"/api/push?stream={stream}", Lines(["a", new string('b', (64 * 1024) + 1)]), Type).ProblemAsync(413))
            .ShouldBe("A message holds at most 65536 bytes of UTF-8; this one has 65537. Shorten it, or send it in parts.");
        (await gateway.HeadAsync(stream)).ShouldBe("0-0");
    }

    private static string Lines(string[] texts) =>
        string.Join('\n', texts.Select(text => JsonSerializer.Serialize(new { message = text })));

    private Task<JsonElement> PushAsync(string body) => gateway.PostAsync($"/api/push?stream={stream}", body, Type).OkAsync();
}
