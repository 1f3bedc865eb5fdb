using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

[Collection(DashboardTests.Name)]
public sealed class ReconnectTests(Browser browser)
{
    private static readonly (string, string) QuickRetry = ("Webstream:Listeners:Retry", "00:00:00.1");

    [Fact]
    public async Task Page_CutOffForAWhile_ShowsWhatWasPushedMeanwhileOnce()
    {
        await using var gateway = await TestGateway.StartAsync(QuickRetry);
        await using var relay = new Relay(gateway.Address);
        await using var viewer = await browser.ViewAsync(relay.Address);
        await gateway.PushAsync("before");
        await viewer.ShouldShowAsync("before");

        relay.Cut();
        await viewer.ShouldSayAsync("Connection lost; reconnecting");
        await gateway.PushAsync("meanwhile 1");
        await gateway.PushAsync("meanwhile 2");
        relay.Restore();

        await viewer.ShouldSayAsync("Connected");
        await gateway.PushAsync("after");
        await viewer.ShouldShowAsync("after", "meanwhile 2", "meanwhile 1", "before");
        await Expect(viewer.Count).ToHaveTextAsync("4");
        await Expect(viewer.Notices).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Page_CutOffForLongerThanTheHistory_SaysHowManyItMissed()
    {
        await using var gateway = await TestGateway.StartAsync(QuickRetry, ("Webstream:Log:RetainedMessages", "3"));
        await using var relay = new Relay(gateway.Address);
        await using var viewer = await browser.ViewAsync(relay.Address);
        await gateway.PushAsync("before");
        await viewer.ShouldShowAsync("before");

        relay.Cut();
        await viewer.ShouldSayAsync("Connection lost; reconnecting");
        for (var i = 1; i <= 5; i++)
        {
            await gateway.PushAsync($"meanwhile {i}");
        }

        relay.Restore();

        await viewer.ShouldShowAsync("meanwhile 5", "meanwhile 4", "meanwhile 3", "before");
        await Expect(viewer.Notices).ToHaveTextAsync(["2 messages were missed"]);
        // The notice stands between the messages from before the cut and those from after it.
        await Expect(viewer.Page.Locator("#messages li").Nth(3)).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("notice"));
    }

    [Fact]
    public async Task Page_OfAGatewayThatIsStartedAnew_SaysThatTheHistoryBeganAnewAndGoesOn()
    {
        var first = await TestGateway.StartAsync(QuickRetry);
        await using var viewer = await browser.ViewAsync(first.Address);
        await first.PushAsync("before");
        await viewer.ShouldShowAsync("before");

        // A gateway that ends properly asks its listeners to come back some seconds later, each at another time.
        await first.DisposeAsync();
        await viewer.ShouldSayAsync("Connection lost; reconnecting");
        await using var second = await TestGateway.StartAsync(first.Address.ToString(), null, QuickRetry);
        await viewer.ShouldSayAsync("Connected");
        await second.PushAsync("after");

        await viewer.ShouldShowAsync("after", "before");
        await Expect(viewer.Notices).ToHaveTextAsync(["The stream's history began anew; messages may have been missed"]);
    }

    [Fact]
    public async Task Page_OfAGatewayThatIsFull_TriesUntilThereIsRoom()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Listeners:Max", "1"));
        Viewer viewer;
        await using (await gateway.ListenAsync())
        {
            viewer = await browser.OpenAsync(gateway.Address);
            await viewer.ShouldSayAsync("Closed; trying again in");
            await Expect(viewer.Page.Locator("#stream-error")).ToHaveTextAsync(
                "This gateway has as many listeners as Webstream__Listeners__Max allows. Try another one, or later.");
            await Expect(viewer.Page.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Retry now" })).ToBeVisibleAsync();
        }

        await using (viewer)
        {
            await viewer.ShouldSayAsync("Connected");
            await Expect(viewer.Page.Locator("#stream-error")).ToHaveTextAsync("");
            await gateway.PushAsync("room");
            await viewer.ShouldShowAsync("room");
        }
    }

    [Fact]
    public async Task Page_OfAStreamThatIsClosed_SaysSoAndStaysAway()
    {
        await using var gateway = await TestGateway.StartAsync(QuickRetry, ("Webstream:ApiKey", "secret-of-the-tests"));
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await gateway.PushAsync("last");
        await viewer.ShouldShowAsync("last");

        await gateway.SendAsync(HttpMethod.Post, "/api/streams/main/close", ("X-API-Key", "secret-of-the-tests")).OkAsync();

        await viewer.ShouldSayAsync("The stream has ended");
        await Expect(viewer.Notices).ToHaveTextAsync(["The stream has ended"]);
        // The page has the end's id: the answer to it is that nothing will come.
        await viewer.Page.Locator("#retry").ClickAsync();
        await viewer.ShouldSayAsync("The stream has ended");
        await Expect(viewer.Notices).ToHaveCountAsync(1);
        // After a deletion the stream goes on.
        await gateway.SendAsync(HttpMethod.Delete, "/api/streams/main", ("X-API-Key", "secret-of-the-tests")).OkAsync();
        await viewer.Page.Locator("#retry").ClickAsync();
        await viewer.ShouldSayAsync("Connected");
        await Expect(viewer.Notices.First).ToHaveTextAsync("The stream's history was deleted; it began anew");
    }
}
