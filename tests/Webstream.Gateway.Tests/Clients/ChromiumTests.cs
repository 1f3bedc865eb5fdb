using System.Threading.Channels;
using Webstream.Gateway.Tests.Dashboard;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

[Collection(DashboardTests.Name)]
public sealed class ChromiumTests(Browser browser)
{
    private const int Cuts = 15;

    [Fact]
    public async Task EventSource_OverConnectionsThatAreCut_GetsEachMessageOnceInOrderAndWhole()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Retry", "00:00:00.1"));
        await using var relay = new CuttingRelay(gateway.Address, seed: 1, sparesEnds: false);
        var stream = new CutStream(gateway, relay, "chromium");
        await stream.PushHistoryAsync();
        var heard = Channel.CreateUnbounded<Heard>();
        var page = await browser.NewPageAsync();
        await page.ExposeFunctionAsync("heard", (string data, string id) => heard.Writer.TryWrite(new(data, id)));
        // A page of the stream's own origin. A page of another origin may not read messages from before it came.
        var home = new Uri(relay.Address, "/page").ToString();
        await page.RouteAsync(home, route => route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html>" }));
        await page.GotoAsync(home);

        await page.EvaluateAsync("url => { new EventSource(url).onmessage = e => heard(e.data, e.lastEventId); }", stream.Address.ToString());
        await stream.FollowAsync(Cuts, () => heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));

        stream.ShouldHaveBeenHeardWhole(Cuts);
        await page.CloseAsync();
    }
}
