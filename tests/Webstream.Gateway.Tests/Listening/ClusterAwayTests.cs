using Microsoft.Extensions.DependencyInjection;
using Orleans;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Listening;

public sealed class ClusterAwayTests
{
    [Fact]
    public async Task Listener_WhileTheOwnerDoesNotAnswer_IsHeldWithACommentAndThenConnected()
    {
        var (gate, answers) = (new GrainCallGate(), new TaskCompletionSource());
        await using var gateway = await StartAsync(gate);
        gate.Before = method => method == nameof(IStreamGrain.Report) ? answers.Task : Task.CompletedTask;
        using var listener = await RawListener.OpenAsync(gateway, "/stream/held", keepsText: true);
        listener.Head.ShouldStartWith("HTTP/1.1 200");

        await listener.ReadTextAsync(text => text.Contains(": keepalive\n\n", StringComparison.Ordinal));
        listener.Text.ShouldStartWith("retry: 2000\nevent: cut\n\n: waiting for the cluster\n: keepalive\n\n");
        listener.Text.ShouldNotContain("data:");
        answers.SetResult();

        var connected = (await listener.NextAsync()).ShouldNotBeNull();
        connected.Data.ShouldStartWith("Connected at ");
        connected.Id.ShouldBe("0-0");
    }

    [Fact]
    public async Task Listener_WhoLeavesBeforeItWasCounted_LeavesNothingBehind()
    {
        var (gate, answers) = (new GrainCallGate(), new TaskCompletionSource());
        await using var gateway = await StartAsync(gate);
        gate.Before = method => method == nameof(IStreamGrain.Report) ? answers.Task : Task.CompletedTask;
        var listener = await RawListener.OpenAsync(gateway, "/stream/leaver", keepsText: true);
        await listener.ReadTextAsync(text => text.Contains(": waiting", StringComparison.Ordinal));
        listener.Dispose();
        var streams = gateway.Service<Webstream.Gateway.Streams.StreamRegistry>();

        await Until.TrueAsync(() => streams.Listeners == 0);

        answers.SetResult();
        await Until.TrueAsync(async () => await gateway.ClientsAsync("leaver") == 0);
    }

    [Fact]
    public async Task Replay_WhoseReadsFail_GoesOnWhenTheClusterIsBack()
    {
        var gate = new GrainCallGate();
        await using var gateway = await StartAsync(gate);
        var head = await gateway.PushManyAsync(1000, "replay");
        var failures = 0;
        gate.Before = method => method == nameof(IStreamGrain.Read) && Interlocked.Increment(ref failures) % 2 == 1
            ? Task.FromException(new TimeoutException("Nobody answered."))
            : Task.CompletedTask;

        using var listener = await RawListener.ConnectAsync(gateway, "/stream/replay", $"{head.Epoch:x}-0");
        (await listener.NextAsync())!.Value.Type.ShouldBe("resume");

        for (var sequence = 1; sequence <= 1000; sequence++)
        {
            (await listener.NextAsync()).ShouldNotBeNull().Id.ShouldBe($"{head.Epoch:x}-{sequence}");
        }

        failures.ShouldBeGreaterThan(4);
    }

    private static Task<TestGateway> StartAsync(GrainCallGate gate) => TestGateway.StartAsync(
        "http://127.0.0.1:0",
        builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate),
        ("Webstream:Listeners:Keepalive", "00:00:01"));
}
