using System.Text.Json;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Pushing;

public sealed class PushIdempotencyTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task Push_WithAKeyAgain_AnswersAsTheFirstTimeAndPushesNothing(bool firstByHeader, bool againByHeader)
    {
        var first = await PushAsync("once", "k", firstByHeader).OkAsync();
        await gateway.PushAsync("between", stream);

        var again = await PushAsync("once", "k", againByHeader).OkAsync();

        first.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        again.GetProperty("id").GetString().ShouldBe(first.GetProperty("id").GetString());
        again.GetProperty("timestamp").GetString().ShouldBe(first.GetProperty("timestamp").GetString());
        again.GetProperty("message").GetString().ShouldBe("once");
        (await gateway.MessagesAsync(stream)).ShouldBe(["once", "between"]);
    }

    [Fact]
    public async Task Push_WithAKeyForAnotherText_IsRefused()
    {
        await PushAsync("once", "k").OkAsync();

        (await PushAsync("other", "k").ProblemAsync(422))
            .ShouldBe("This idempotency key was used for another message. Use a new key for a new message.");
        (await gateway.MessagesAsync(stream)).ShouldBe(["once"]);
    }

    [Fact]
    public async Task Push_WithTheKeyOfAnotherStream_IsANewPush()
    {
        await PushAsync("text", "k").OkAsync();
        var elsewhere = TestStream.New();

        var answer = await gateway.PostAsync($"/api/push?stream={elsewhere}", "text", "text/plain", ("Idempotency-Key", "k")).OkAsync();

        answer.GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        (await gateway.MessagesAsync(elsewhere)).ShouldBe(["text"]);
    }

    [Fact]
    public async Task Push_WithOneKeyManyTimesAtOnce_IsPushedOnceAndTheOthersAreDuplicates()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => PushAsync("once", "k").OkAsync()));

        answers.Count(a => !a.GetProperty("duplicate").GetBoolean()).ShouldBe(1);
        answers.Select(a => (a.GetProperty("id").GetString(), a.GetProperty("timestamp").GetString())).Distinct().ShouldHaveSingleItem();
        (await gateway.MessagesAsync(stream)).ShouldBe(["once"]);
    }

    [Fact]
    public async Task Push_WithTheKeyOfOneThatStillWaits_IsItsDuplicate()
    {
        var held = new HeldLogs();
        await using var slow = await TestGateway.StartAsync("http://127.0.0.1:0", held.PutBefore, ("Webstream:Push:Patience", "00:01:00"));
        var owner = slow.Service<IGrainFactory>().GetGrain<IStreamGrain>(stream);
        var first = slow.PostAsync($"/api/push?stream={stream}", "once", "text/plain", ("Idempotency-Key", "k")).OkAsync();
        await held.Begun;

        var again = owner.Push(new([new() { Message = "once" }], CallerKey.Of(null, "k"), TimeSpan.FromMinutes(1)));
        // Calls to one owner come in order: when this call is answered, the owner has the other one.
        await owner.Describe();
        again.IsCompleted.ShouldBeFalse();
        held.Release();

        (await first).GetProperty("duplicate").GetBoolean().ShouldBeFalse();
        var answer = await again;
        (answer.Outcome, answer.First, answer.Count).ShouldBe((PushOutcome.Duplicate, 1, 1));
        (await slow.MessagesAsync(stream)).ShouldBe(["once"]);
    }

    [Fact]
    public async Task Push_WithTwoTextsUnderOneKeyAtOnce_TakesOnlyOneOfThem()
    {
        var statuses = await Task.WhenAll(Enumerable.Range(0, 32).Select(async i =>
        {
            using var answer = await PushAsync(i % 2 == 0 ? "even" : "odd", "k");
            return (int)answer.StatusCode;
        }));

        statuses.Count(s => s == 200).ShouldBe(16);
        statuses.Count(s => s == 422).ShouldBe(16);
        (await gateway.MessagesAsync(stream)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Batch_WithAKeyAgain_AnswersTheFirstNumbers()
    {
        const string Body = "{\"message\":\"a\",\"idempotencyKey\":\"k\"}\n{\"message\":\"b\"}";
        var first = await BatchAsync(Body).OkAsync();
        await gateway.PushAsync("between", stream);

        var again = await BatchAsync(Body).OkAsync();

        again.GetProperty("duplicate").GetBoolean().ShouldBeTrue();
        foreach (var member in new[] { "firstId", "lastId", "timestamp", "accepted" })
        {
            again.GetProperty(member).GetRawText().ShouldBe(first.GetProperty(member).GetRawText());
        }

        (await gateway.MessagesAsync(stream)).ShouldBe(["a", "b", "between"]);
        await BatchAsync(Body + "\n{\"message\":\"c\"}").ProblemAsync(422);
    }

    [Fact]
    public async Task Push_RefusedForItsForm_LeavesItsKeyFree()
    {
        await PushAsync("", "k").ProblemAsync(400);

        (await PushAsync("text", "k").OkAsync()).GetProperty("duplicate").GetBoolean().ShouldBeFalse();
    }

    private Task<HttpResponseMessage> PushAsync(string message, string key, bool byHeader = true) => byHeader
        ? gateway.PostAsync("/api/push", JsonSerializer.Serialize(new { message, stream }), "application/json", ("Idempotency-Key", key))
        : gateway.PostAsync("/api/push", JsonSerializer.Serialize(new { message, stream, idempotencyKey = key }));

    private Task<HttpResponseMessage> BatchAsync(string body) =>
        gateway.PostAsync($"/api/push?stream={stream}", body, "application/x-ndjson");
}
