using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Listening;

namespace Webstream.Gateway.Tests.Connections;

/// <summary>A gateway all of whose places for connections are taken.</summary>
public sealed partial class FullGatewayTests
{
    [Fact]
    public async Task Listener_BeyondThePlaces_IsAskedToComeAgainAsIfItHadBeenCut()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Connections:Max", "8"));
        var listeners = await FillAsync(gateway);

        using var late = await RawConnection.ConnectAsync(gateway.Address);
        await late.SendAsync($"GET /stream HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nOrigin: https://elsewhere.example\r\n\r\n");
        var answer = await late.RestAsync();

        answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
        answer.ShouldContain("Content-Type: text/event-stream; charset=utf-8\r\n");
        answer.ShouldContain("Access-Control-Allow-Origin: *\r\n");
        answer.ShouldEndWith("\n\n\r\n", customMessage: "the last chunk would say that this was all");
        int.Parse(Retry().Match(answer).Groups[1].ValueSpan, CultureInfo.InvariantCulture).ShouldBeInRange(5_000, 15_000);
        // The other listeners have not noticed.
        (await gateway.ClientsAsync("main")).ShouldBe(listeners.Count);
        listeners.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public async Task HealthAndPushes_BeyondThePlaces_AreAnsweredAndEndTheirConnections()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Connections:Max", "8"));
        var listeners = await FillAsync(gateway);

        for (var i = 0; i < 10; i++)
        {
            using var connection = await RawConnection.ConnectAsync(gateway.Address);
            await connection.SendAsync(i % 2 == 0
                ? $"GET /health/ready HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n"
                : $"POST /api/push HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\nx");
            var answer = await connection.RestAsync();
            answer.ShouldStartWith("HTTP/1.1 200 OK\r\n");
            answer.ShouldContain("Connection: close\r\n");
        }

        listeners.ForEach(listener => listener.Dispose());
    }

    [Fact]
    public async Task Connection_ThatIsIdle_GivesItsPlaceToAListener()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Connections:Max", "8"));
        var idle = new List<RawConnection>();
        for (var i = 0; i < 7; i++)
        {
            idle.Add(await RawConnection.ConnectAsync(gateway.Address));
            await idle[i].SendAsync($"GET /health/live HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
            await idle[i].UntilAsync("Healthy");
        }

        using var listener = await ComeUntilServedAsync(gateway);

        await gateway.PushAsync("hello");
        (await listener.NextAsync()).ShouldNotBeNull().Data.ShouldEndWith("hello");
        gateway.Service<ConnectionPlaces>().ClosedIdle.ShouldBeGreaterThan(0);
        idle.ForEach(connection => connection.Dispose());
    }

    [Fact]
    public async Task Listener_WhenOneHasLeft_IsServedAgain()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Connections:Max", "8"));
        var listeners = await FillAsync(gateway);
        listeners[0].Dispose();

        using var listener = await ComeUntilServedAsync(gateway);

        listener.Connected.Data.ShouldStartWith("Connected at");
        listeners.ForEach(one => one.Dispose());
        await Until.TrueAsync(() => gateway.Service<ConnectionPlaces>().Open <= 3);
    }

    [Fact]
    public async Task Listeners_OfThisMachine_AreNotBoundByAddress()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Connections:Max", "300"));
        var listeners = new List<RawListener>();
        foreach (var some in Enumerable.Range(0, 250).Chunk(50))
        {
            listeners.AddRange(await Task.WhenAll(some.Select(_ => RawListener.ConnectAsync(gateway))));
        }

        gateway.Service<ConnectionPlaces>().Open.ShouldBeGreaterThanOrEqualTo(250);
        gateway.Service<ConnectionTroubles>().RefusedAddresses.ShouldBe(0);
        listeners.ForEach(listener => listener.Dispose());
        await Until.TrueAsync(() => gateway.Service<ConnectionPlaces>().Open == 0);
    }

    [Fact]
    public async Task Address_WithHalfOfAll_IsClosedWithoutAnAnswerWhileOthersAreServed()
    {
        await using var network = await TestNetwork.CreateAsync();
        await using var gateway = await TestGateway.StartAsync($"http://*:0", null, ("Webstream:Connections:Max", "16"));
        var port = gateway.Address.Port;
        var places = gateway.Service<ConnectionPlaces>();
        // Ten listeners connect, one after the other; then the answer to the eleventh is read.
        await using var client = network.Start(
            $"for i in 4 5 6 7 8 9 10 11 12 13; do eval \"exec $i<>/dev/tcp/{network.HostAddress}/{port}\"; printf 'GET /stream HTTP/1.1\\r\\nHost: {network.HostAddress}\\r\\n\\r\\n' >&$i; head -c 12 <&$i; echo; done; echo done; cat");
        var answers = new List<string>();
        while (await client.LineAsync() is var line && line != "done")
        {
            answers.Add(line);
        }

        answers.Count(answer => answer == "HTTP/1.1 200").ShouldBe(9, string.Join('|', answers));
        places.Open.ShouldBe(9);
        gateway.Service<ConnectionTroubles>().RefusedAddresses.ShouldBe(1);
        using var local = new HttpClient { BaseAddress = new($"http://127.0.0.1:{port}") };
        (await local.GetAsync("/health/live", TestContext.Current.CancellationToken)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await client.KillWithChildrenAsync();
    }

    private static async Task<List<RawListener>> FillAsync(TestGateway gateway)
    {
        var listeners = new List<RawListener>();
        for (var i = 0; i < gateway.Service<ConnectionPlaces>().Limits.Usual; i++)
        {
            listeners.Add(await RawListener.ConnectAsync(gateway));
        }

        return listeners;
    }

    // Comes back as a browser does that was sent away.
    private static async Task<RawListener> ComeUntilServedAsync(TestGateway gateway)
    {
        RawListener? listener = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                listener = await RawListener.ConnectAsync(gateway);
                return true;
            }
            catch (InvalidOperationException)
            {
                // The gateway sent the listener away.
                return false;
            }
        });
        return listener!;
    }

    [GeneratedRegex(@"retry: (\d+)\n")]
    private static partial Regex Retry();
}
