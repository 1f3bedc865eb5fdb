using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>Listeners for which there is no room are not refused: they wait for room.</summary>
public sealed partial class ListenerRoomTests
{
    private static readonly (string, string)[] Settings = [("Webstream:Listeners:Keepalive", "00:00:01")];

    [Fact]
    public async Task Listener_BeyondWhatIsHeld_WaitsAndIsGreetedWhenThereIsRoom()
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        var memory = gateway.Service<GatewayMemory>();
        using var filled = Filled(memory.Held);
        using var listener = await RawListener.OpenAsync(gateway, "/stream/late", keepsText: true);
        listener.Head.ShouldStartWith("HTTP/1.1 200");
        await listener.ReadTextAsync(text => text.Contains(": keepalive\n\n", StringComparison.Ordinal));
        listener.Text.ShouldEndWith(": waiting for room\n\n: keepalive\n\n");
        listener.Text.ShouldNotContain("data:");
        await gateway.PushAsync("before", "late");

        filled.Dispose();

        (await listener.NextAsync()).ShouldNotBeNull().Data.ShouldStartWith("Connected at ");
        (await gateway.PushAsync("after", "late")).GetProperty("clients").GetInt32().ShouldBe(1);
        (await listener.NextAsync()).ShouldNotBeNull().Data.ShouldEndWith("] after");
        memory.Held.Share.Refused.ShouldBe(0);
        memory.Held.Waited.ShouldBe(1);
    }

    [Fact]
    public async Task Listener_ThatResumesWhileThereIsNoRoom_LosesNothing()
    {
        await using var gateway = await TestGateway.StartAsync(Settings);
        var id = (await gateway.PushAsync("seen", "resumed")).GetProperty("id").GetString();
        using var filled = Filled(gateway.Service<GatewayMemory>().Held);
        using var listener = await RawListener.OpenAsync(gateway, "/stream/resumed", id, keepsText: true);
        await listener.ReadTextAsync(text => text.Contains(": waiting", StringComparison.Ordinal));
        var head = await gateway.PushManyAsync(300, "resumed");

        filled.Dispose();

        (await listener.NextAsync()).ShouldNotBeNull().Id.ShouldBe(id);
        (await listener.NextAsync()).ShouldNotBeNull().Type.ShouldBe("resume");
        for (var sequence = 2; sequence <= 301; sequence++)
        {
            (await listener.NextAsync()).ShouldNotBeNull().Id.ShouldBe($"{head.Epoch:x}-{sequence}");
        }
    }

    [Fact]
    public async Task Listener_BehindRequestsThatAreHeld_GoesBeforeThem()
    {
        await using var gateway = await TestGateway.StartAsync([.. Settings, ("Webstream:Memory:Held", "65536")]);
        var held = gateway.Service<GatewayMemory>().Held;
        var polls = new List<RawConnection>();
        for (var i = 0; i < 4; i++)
        {
            polls.Add(await RawConnection.ConnectAsync(gateway.Address));
            await polls[i].SendAsync($"GET /api/streams/polled/messages?wait=45 HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
        }

        await Until.TrueAsync(() => held.Share.Used == 4 * GatewayMemory.HeldRequest);
        using var listener = await RawListener.OpenAsync(gateway, "/stream/waiting");
        await Until.TrueAsync(() => held.Waiting == 1);
        using (var poll = await gateway.SendAsync(HttpMethod.Get, "/api/streams/polled/messages?wait=45"))
        {
            poll.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        }

        polls[0].Dispose();

        (await listener.NextAsync()).ShouldNotBeNull().Data.ShouldStartWith("Connected at ");
        polls.ForEach(poll => poll.Dispose());
        await Until.TrueAsync(() => held.Share.Used == (gateway.IsHandedOver ? 0 : GatewayMemory.HeldRequest));
    }

    [Fact]
    public async Task Listener_WhenTooManyWait_IsSentAwayAndToldWhenToComeBack()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var ended = new MetricCollector<long>(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.listener.ended");
        using var queue = new CancellationTokenSource();
        using var filled = Filled(gateway.Service<GatewayMemory>().Held);
        FillLine(gateway.Service<GatewayMemory>().Held, queue.Token);
        var times = new HashSet<int>();
        for (var i = 0; i < 20; i++)
        {
            using var connection = await RawConnection.ConnectAsync(gateway.Address);
            await connection.SendAsync($"GET /stream HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
            var answer = await connection.RestAsync();
            answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
            answer.ShouldContain("\r\nContent-Type: text/event-stream; charset=utf-8\r\n");
            answer.ShouldContain("\r\nAccess-Control-Allow-Origin: *\r\n");
            var farewell = SentAway().Match(answer);
            farewell.Success.ShouldBeTrue(answer);
            times.Add(int.Parse(farewell.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        }

        times.ShouldAllBe(time => time >= 5000 && time <= 15_000);
        times.Count.ShouldBeGreaterThan(10);
        ended.GetMeasurementSnapshot().ShouldAllBe(measured => (string?)measured.Tags["reason"] == "NoRoom");
        ended.GetMeasurementSnapshot().Count.ShouldBe(20);
        await queue.CancelAsync();
        filled.Dispose();
        using var listener = await RawListener.ConnectAsync(gateway);
    }

    [Fact]
    public async Task Listener_ThatWaits_LeavesTheLineWhenItGoes()
    {
        await using var gateway = await TestGateway.StartAsync();
        var held = gateway.Service<GatewayMemory>().Held;
        using var filled = Filled(held);
        var listeners = new List<RawListener>();
        for (var i = 0; i < 10; i++)
        {
            listeners.Add(await RawListener.OpenAsync(gateway, "/stream/leaving"));
        }

        await Until.TrueAsync(() => held.Waiting == 10);
        listeners.ForEach(listener => listener.Dispose());

        await Until.TrueAsync(() => held.Waiting == 0);
        filled.Dispose();
        held.Share.Used.ShouldBe(0);
        (await gateway.ClientsAsync("leaving")).ShouldBe(0);
    }

    [Fact]
    public async Task Listener_ThatWaitsWhileTheGatewayStops_IsToldWhenToComeBack()
    {
        var gateway = await TestGateway.StartAsync();
        using var filled = Filled(gateway.Service<GatewayMemory>().Held);
        using var listener = await RawListener.OpenAsync(gateway, "/stream/stopping", keepsText: true);
        await listener.ReadTextAsync(text => text.Contains(": waiting", StringComparison.Ordinal));

        await gateway.DisposeAsync();

        (await listener.NextAsync()).ShouldBeNull();
        listener.Text.ShouldMatch("retry: [0-9]+\n\n$");
    }

    [Fact]
    public async Task Listeners_OfMoreStreamsThanThereIsRoomFor_WaitUntilOthersAreNotNeeded()
    {
        // Room for four streams, and for the few bytes in their frame buffers.
        await using var gateway = await TestGateway.StartAsync([.. Settings, ("Webstream:Memory:Frames", $"{5 * GatewayMemory.Stream * 3 / 2}"), ("Webstream:Hub:Linger", "01:00:00")]);
        var listeners = new List<RawListener>();
        for (var i = 0; i < 4; i++)
        {
            listeners.Add(await RawListener.ConnectAsync(gateway, $"/stream/name-{i}"));
        }

        using var late = await RawListener.OpenAsync(gateway, "/stream/late", keepsText: true);
        await late.ReadTextAsync(text => text.Contains(": waiting for room\n\n", StringComparison.Ordinal));
        // A listener of a stream that is there already takes no room from others.
        using var second = await RawListener.ConnectAsync(gateway, "/stream/name-0");

        listeners[3].Dispose();

        // The stream would stay for an hour in case a listener came back. It goes because its room is needed.
        (await late.NextAsync()).ShouldNotBeNull().Data.ShouldStartWith("Connected at ");
        await gateway.PushAsync("x", "late");
        (await late.NextAsync()).ShouldNotBeNull().Data.ShouldEndWith("] x");
        listeners.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public async Task Listeners_TwoThousandFromOneLoopbackAddress_WaitForNothingByDefault()
    {
        await using var gateway = await TestGateway.StartAsync();
        var memory = gateway.Service<GatewayMemory>();
        var listeners = new List<RawListener>();
        foreach (var some in Enumerable.Range(0, 2000).Chunk(50))
        {
            listeners.AddRange(await Task.WhenAll(some.Select(_ => RawListener.ConnectAsync(gateway, "/stream/crowd"))));
        }

        (memory.Held.Waited, memory.Held.Share.Refused, memory.Held.RefusedAddresses, memory.Frames.Waited).ShouldBe((0, 0, 0, 0));
        // Listeners whose sockets are handed over hold nothing of the share, however many there are. All of them have one stream.
        await Until.TrueAsync(() => memory.Held.Share.Used == (gateway.IsHandedOver ? 0 : 2000 * GatewayMemory.HeldRequest));
        memory.Frames.Share.Used.ShouldBeLessThan(4 * GatewayMemory.Stream);
        listeners.ForEach(listener => listener.Dispose());
    }

    private static MemoryCharge Filled(FairShare share)
    {
        var charge = share.ChargeFor(default);
        charge.TryHold(share.Limit).ShouldBe(Room.Given);
        return charge;
    }

    private static void FillLine(FairShare share, CancellationToken leaving)
    {
        while (share.TakeInTurnAsync(default, 1, leaving) is { IsCompleted: false })
        {
        }
    }

    // The head and one chunk, without the last chunk.
    [GeneratedRegex("\r\nConnection: close\r\n(?s:.*)\r\n\r\n[0-9a-f]+\r\nretry: ([0-9]+)\nevent: cut\n\n\r\n$")]
    private static partial Regex SentAway();
}
