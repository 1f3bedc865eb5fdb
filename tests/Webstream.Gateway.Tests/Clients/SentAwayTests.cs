using System.Diagnostics.Metrics;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Tests.Dashboard;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

/// <summary>A gateway that has no room for one more listener at first, and has some later.</summary>
internal sealed class FullGateway : IAsyncDisposable
{
    private readonly CancellationTokenSource leaving = new();
    private readonly MetricCollector<long> ended;
    private readonly MemoryCharge filled;

    private FullGateway(TestGateway gateway, bool mayWait)
    {
        Gateway = gateway;
        ended = new(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, "webstream.listener.ended");
        var held = gateway.Service<GatewayMemory>().Held;
        filled = held.ChargeFor(default);
        filled.TryHold(held.Limit).ShouldBe(Room.Given);
        while (!mayWait && held.TakeInTurnAsync(default, 1, leaving.Token) is { IsCompleted: false })
        {
        }
    }

    public TestGateway Gateway { get; }

    /// <param name="mayWait">Whether listeners can wait; otherwise they are sent away.</param>
    public static async Task<FullGateway> StartAsync(bool mayWait) => new(await TestGateway.StartAsync(), mayWait);

    /// <summary>Waits until a listener was told that there is no room.</summary>
    public Task HasFullHouseAsync(bool mayWait) => Until.TrueAsync(
        () => mayWait ? Gateway.Service<GatewayMemory>().Held.Waiting == 1 : ended.GetMeasurementSnapshot().Any(m => (string?)m.Tags["reason"] == "NoRoom"));

    /// <summary>From now on there is room.</summary>
    public async Task MakeRoomAsync()
    {
        await leaving.CancelAsync();
        filled.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await MakeRoomAsync();
        ended.Dispose();
        await Gateway.DisposeAsync();
        leaving.Dispose();
    }
}

/// <summary>Listeners that find no room come back by themselves, with every library.</summary>
[Collection(ClientTests.Name)]
public sealed class SentAwayTests(ClientPrograms programs)
{
    public static MatrixTheoryData<string, bool> Listeners { get; } =
        new(["eventsource-2", "eventsource-5", "fetch-event-source", "undici"], [true, false]);

    [Theory]
    [MemberData(nameof(Listeners))]
    public async Task Library_ThatFoundNoRoom_IsConnectedLater(string library, bool mayWait)
    {
        await using var full = await FullGateway.StartAsync(mayWait);
        await using var program = await programs.LibraryAsync(library, new(full.Gateway.Address, "/stream/full"));
        await full.HasFullHouseAsync(mayWait);

        await full.MakeRoomAsync();

        (await NextAsync(program)).Data.ShouldStartWith("Connected at ");
        await full.Gateway.PushAsync("heard", "full");
        (await NextAsync(program)).Data.ShouldEndWith("] heard");
    }

    // One of the libraries hands on blocks that have no data.
    private static async Task<Heard> NextAsync(ChildProcess program)
    {
        while (true)
        {
            if (JsonSerializer.Deserialize<Heard>(await program.LineAsync(), JsonSerializerOptions.Web) is { Data.Length: > 0 } heard)
            {
                return heard;
            }
        }
    }
}

[Collection(DashboardTests.Name)]
public sealed class SentAwayChromiumTests(Browser browser)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task EventSource_ThatFoundNoRoom_IsConnectedLater(bool mayWait)
    {
        await using var full = await FullGateway.StartAsync(mayWait);
        var heard = Channel.CreateUnbounded<string>();
        var page = await browser.NewPageAsync();
        await page.ExposeFunctionAsync("heard", (string data) => heard.Writer.TryWrite(data));
        var home = new Uri(full.Gateway.Address, "/page").ToString();
        await page.RouteAsync(home, route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html>" }));
        await page.GotoAsync(home);
        await page.EvaluateAsync("() => { new EventSource('/stream/full').onmessage = e => heard(e.data); }");
        await full.HasFullHouseAsync(mayWait);

        await full.MakeRoomAsync();

        (await NextAsync()).ShouldStartWith("Connected at ");
        await full.Gateway.PushAsync("heard", "full");
        (await NextAsync()).ShouldEndWith("] heard");
        await page.CloseAsync();

        Task<string> NextAsync() => heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(60));
    }
}
