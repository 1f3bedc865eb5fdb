using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Listening;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Tests.Pushing;

/// <summary>The answers to a pusher whose message cannot be taken: none of them is untrue.</summary>
public sealed class PushInTroubleTests
{
    private readonly string stream = TestStream.New();

    // Longer than several attempts of a push, so that their answers must be told apart.
    private static readonly (string, string) Patience = ("Webstream:Push:Patience", "00:00:02.5");

    // For pushes that end by an answer, however slow the machine is.
    private static readonly (string, string) Long = ("Webstream:Push:Patience", "00:00:30");

    [Fact]
    public async Task Push_WhileTheLogHangs_IsNotKnownIfItsBatchWasSentAndNotPushedIfItWaited()
    {
        var held = new HeldLogs();
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:0", held.PutBefore, Patience);
        var sent = PushAsync(gateway, "sent");
        await held.Begun;
        using var waited = await PushAsync(gateway, "waited");

        ((int)waited.StatusCode).ShouldBe(503);
        waited.Headers.RetryAfter.ShouldNotBeNull();
        using var unknown = await sent;
        ((int)unknown.StatusCode).ShouldBe(504);
        using var problem = JsonDocument.Parse(await unknown.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        problem.RootElement.GetProperty("idempotencyKey").GetString().ShouldNotBeNullOrEmpty();

        held.Release();
        // Pushes are committed in the order in which they came to the owner. When this one is in, no earlier one was held back for later.
        await gateway.PushAsync("after", stream);
        (await gateway.MessagesAsync(stream)).ShouldBe(["sent", "after"]);
    }

    [Fact]
    public async Task Push_WhoseOwnerHangs_IsAnsweredByTheNextOneThatIsAsked()
    {
        var (gate, hung, calls) = (new GrainCallGate(), new TaskCompletionSource(), 0);
        await using var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate), Long);
        gate.Before = method => method == nameof(IStreamGrain.Push) && Interlocked.Increment(ref calls) == 1 ? hung.Task : Task.CompletedTask;

        using var answer = await PushAsync(gateway, "once");

        ((int)answer.StatusCode).ShouldBe(200);
        calls.ShouldBe(2);
        hung.SetResult();
        await gateway.PushAsync("after", stream);
        (await gateway.MessagesAsync(stream)).ShouldBe(["once", "after"]);
    }

    [Fact]
    public async Task Push_ThatEveryOwnerRefused_WasNotPushed()
    {
        var gate = new GrainCallGate();
        await using var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate), Patience);
        gate.Before = method => method == nameof(IStreamGrain.Push)
            ? Task.FromException(new HistoryAwayException("The log is away.", maybeIn: false))
            : Task.CompletedTask;

        using var answer = await PushAsync(gateway, "once");

        ((int)answer.StatusCode).ShouldBe(503);
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task Push_ThatTheLogRefuses_IsToldWhyAtOnce()
    {
        var (gate, calls) = (new GrainCallGate(), 0);
        await using var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate), Long);
        gate.Before = method => method == nameof(IStreamGrain.Push) && Interlocked.Increment(ref calls) > 0
            ? Task.FromException(new HistoryAwayException("It is full.", maybeIn: false) { Refusal = "Redis is full: its maxmemory is reached" })
            : Task.CompletedTask;

        using var answer = await PushAsync(gateway, "once");

        ((int)answer.StatusCode, calls).ShouldBe((503, 1));
        answer.Headers.RetryAfter.ShouldNotBeNull();
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        problem.RootElement.GetProperty("error").GetString().ShouldBe("Redis is full: its maxmemory is reached. Nothing was pushed. Try again once that has been changed.");
    }

    [Fact]
    public async Task Push_ThatTheLogRefusesAfterATryWithoutAnAnswer_IsNotKnown()
    {
        var (gate, hung, calls) = (new GrainCallGate(), new TaskCompletionSource(), 0);
        await using var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate), Long);
        gate.Before = method => method != nameof(IStreamGrain.Push) ? Task.CompletedTask
            : Interlocked.Increment(ref calls) == 1 ? hung.Task
            : Task.FromException(new HistoryAwayException("It is full.", maybeIn: false) { Refusal = "Redis is full" });

        using var answer = await PushAsync(gateway, "once");

        ((int)answer.StatusCode).ShouldBe(504);
        hung.SetResult();
    }

    private Task<HttpResponseMessage> PushAsync(TestGateway gateway, string text) =>
        gateway.PostAsync($"/api/push?stream={stream}", text, "text/plain");
}
