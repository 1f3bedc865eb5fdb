using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

[Collection(DashboardTests.Name)]
public sealed class StreamChooserTests(Browser browser)
{
    [Fact]
    public async Task Stream_ThatIsChosen_IsShownAndPushedTo()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await gateway.PushAsync("on main");
        await viewer.ShouldShowAsync("on main");

        await ChooseAsync(viewer, "builds");
        await gateway.PushAsync("also on main");
        await viewer.PushAsync("on builds");

        await viewer.ShouldShowAsync("on builds");
        await Expect(viewer.Count).ToHaveTextAsync("1");
        await Expect(viewer.Page).ToHaveTitleAsync("builds - Webstream");
    }

    [Fact]
    public async Task Stream_ThatIsChosen_IsInTheAddressAndInTheBrowsersHistory()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await gateway.PushAsync("on main");
        await gateway.PushAsync("on builds", "builds");
        await viewer.ShouldShowAsync("on main");

        await ChooseAsync(viewer, "builds");
        await viewer.ShouldShowAsync("on builds");
        await Expect(viewer.Page).ToHaveURLAsync(new Regex(@"\?stream=builds$"));

        await viewer.Page.ReloadAsync();
        await viewer.ShouldShowAsync("on builds");
        await viewer.Page.GoBackAsync();
        await viewer.ShouldShowAsync("on main");
    }

    [Fact]
    public async Task Stream_ThatIsLeft_CountsThePageNoMore()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await ChooseAsync(viewer, "builds");

        (await gateway.PushAsync("x", "builds")).GetProperty("clients").GetInt32().ShouldBe(1);
        var left = async () => (await gateway.PushAsync("x")).GetProperty("clients").GetInt32();
        await Until.EqualAsync(left, 0);
    }

    [Fact]
    public async Task Stream_WithABadName_IsRefusedWithTheRule()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await viewer.StreamBox.FillAsync("not a name");
        await viewer.StreamBox.PressAsync("Enter");

        await Expect(viewer.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("1 to 100 letters");
        await viewer.ShouldSayAsync("Connected");
        (await gateway.PushAsync("still main")).GetProperty("clients").GetInt32().ShouldBe(1);
        await viewer.ShouldShowAsync("still main");
    }

    [Fact]
    public async Task Streams_ThatExist_AreOffered()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.PushAsync("x", "builds");
        await gateway.PushAsync("x", "deploys");
        // The directory learns of a stream a moment after its first message.
        await Until.TrueAsync(
            async () =>
            {
                var list = await gateway.Client.GetStringAsync("/api/streams");
                return list.Contains("builds") && list.Contains("deploys");
            });

        await using var viewer = await browser.ViewAsync(gateway.Address);

        await Expect(viewer.Page.Locator("#streams option[value=builds]")).ToHaveCountAsync(1);
        await Expect(viewer.Page.Locator("#streams option[value=deploys]")).ToHaveCountAsync(1);
    }

    private static async Task ChooseAsync(Viewer viewer, string stream)
    {
        await viewer.StreamBox.FillAsync(stream);
        await viewer.Page.GetByRole(AriaRole.Button, new() { Name = "Watch" }).ClickAsync();
        await Expect(viewer.Page.Locator("#push-stream")).ToHaveTextAsync(stream);
        await viewer.ShouldSayAsync("Connected");
    }
}
