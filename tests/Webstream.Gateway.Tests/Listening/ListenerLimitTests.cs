using System.Net;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Gateway.Tests.Limits;

namespace Webstream.Gateway.Tests.Listening;

public sealed class ListenerLimitTests
{
    [Fact]
    public async Task Listener_BeyondTheLimit_IsRefusedUntilAPlaceIsFree()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Max", "3"));
        using var first = await RawListener.ConnectAsync(gateway);
        using var second = await RawListener.ConnectAsync(gateway, "/stream/other");
        using var third = await RawListener.ConnectAsync(gateway);

        using (var refused = await gateway.Client.GetAsync("/stream", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken))
        {
            refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            (await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("Webstream__Listeners__Max");
        }

        second.Dispose();
        await Until.TrueAsync(async () =>
        {
            using var again = await RawListener.OpenAsync(gateway);
            return again.Head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task Places_WantedByManyAtOnce_AreGivenExactlyAsOftenAsThereAreSome()
    {
        var places = new ListenerLimit(Options.Create(new ListenerOptions { Max = 20_000 }), new LimitsRig().Limits);

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => Enumerable.Range(0, 10_000).Count(_ => places.TryTake()))));

        taken.Sum().ShouldBe(20_000);
        places.GiveBack();
        (places.TryTake(), places.TryTake()).ShouldBe((true, false));
    }
}
