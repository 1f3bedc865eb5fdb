using System.Net;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Listening;

public sealed class ListenerPlacesTests
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
    public async Task Places_TakenAndGivenBackByMany_AreNeverRefusedBelowTheLimit()
    {
        var places = new ListenerPlaces(Options.Create(new ListenerOptions { Max = 4 }));
        // Three come and go, and one is there all the time: there is always a place.
        places.TryTake().ShouldBeTrue();

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 100_000; i++)
            {
                places.TryTake().ShouldBeTrue();
                places.GiveBack();
            }
        })));

        (places.TryTake(), places.TryTake(), places.TryTake(), places.TryTake()).ShouldBe((true, true, true, false));
    }
}
