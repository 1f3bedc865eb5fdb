using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>The page at addresses that are not the gateway's own.</summary>
[Collection(DashboardTests.Name)]
public sealed class AddressTests(Browser browser)
{
    [Theory]
    [InlineData("/live")]
    [InlineData("/live?stream=main")]
    [InlineData("/live/")]
    [InlineData("/live/index.html")]
    public async Task Page_BelowAPath_WorksWithItsSlashAndWithout(string path)
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "open"));
        await using var proxy = await ProxyProgram.CaddyAsync($"handle_path /live* {{\nreverse_proxy {gateway.Address.Authority}\n}}");
        await using var viewer = await Viewer.OpenAsync(await browser.NewPageAsync(), new(proxy.Address, path));

        await viewer.ShouldSayAsync("Connected");
        await viewer.PushAsync("through the proxy");

        await viewer.ShouldShowAsync("through the proxy");
    }

    [Fact]
    public async Task Page_BehindTlsAtThePublicUrl_ListensAndPushes()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "open"), ("Webstream:PublicUrl", "https://stream.localhost"), ("Webstream:TrustedProxies", "127.0.0.1"));
        await using var proxy = await ProxyProgram.CaddyAsync($"reverse_proxy {gateway.Address.Authority}", "stream.localhost");
        await using var viewer = await Viewer.OpenAsync(await browser.NewPageAsync(new() { IgnoreHTTPSErrors = true }), proxy.Address);

        await viewer.ShouldSayAsync("Connected");
        await viewer.PushAsync("through TLS");

        await viewer.ShouldShowAsync("through TLS");
    }

    [Fact]
    public async Task Page_ThatIsRefused_ShowsTheReason()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await Viewer.OpenAsync(await browser.NewPageAsync(), new($"http://unknown.localhost:{gateway.Address.Port}/"));

        await viewer.ShouldSayAsync("Closed; trying again in");

        await Expect(viewer.Page.Locator("#stream-error")).ToContainTextAsync("Add its origin to Webstream__AllowedOrigins or the name to Webstream__AllowedHosts");
    }
}
