using System.Net.Http.Json;
using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>A pusher must not be able to do more in a viewer's browser than show text.</summary>
[Collection(DashboardTests.Name)]
public sealed class UntrustedTextTests(Browser browser)
{
    private const string Markup =
        "<img src=x onerror=\"alert('img')\"><script>alert('script')</script><b>bold</b><a href=\"javascript:alert('a')\">go</a>";

    [Fact]
    public async Task Markup_InMessageAndSource_IsShownAsText()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        using var answer = await gateway.Client.PostAsJsonAsync(
            "/api/push", new { message = Markup, source = "<i onclick=alert(1)>me</i>" }, TestContext.Current.CancellationToken);
        answer.EnsureSuccessStatusCode();

        await viewer.ShouldShowAsync(Markup);
        await Expect(viewer.Messages.Locator(".source")).ToHaveTextAsync("<i onclick=alert(1)>me</i>");
        (await viewer.Messages.Locator("img, script, b, a, i").CountAsync()).ShouldBe(0);
        viewer.Dialogs.ShouldBeEmpty();
        viewer.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Markup_InTheAddressStreamName_IsNotAStream()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.OpenAsync(gateway.Address, "?stream=" + Uri.EscapeDataString(Markup));

        await viewer.ShouldSayAsync("Not a stream name");

        (await viewer.Page.Locator("body img, body script, body b, body a").CountAsync()).ShouldBe(0);
        viewer.Dialogs.ShouldBeEmpty();
    }

    [Fact]
    public async Task LineEndsAndBlanks_InAMessage_AreKept()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await gateway.PushAsync("first\r\n  second\rthird\n\ndata: forged");
        await Expect(viewer.Messages).ToHaveCountAsync(1);

        var text = await viewer.Messages.Locator(".text").EvaluateAsync<string>("e => e.textContent");
        text.ShouldBe("first\n  second\nthird\n\ndata: forged");
    }

    [Fact]
    public async Task Policy_OfThePageAndItsFiles_AllowsNothingFromElsewhere()
    {
        await using var gateway = await TestGateway.StartAsync();
        foreach (var path in new[] { "/", "/index.html", "/dashboard.js", "/dashboard.css", "/favicon.svg" })
        {
            using var answer = await gateway.Client.GetAsync(path, TestContext.Current.CancellationToken);
            answer.EnsureSuccessStatusCode();
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            var directives = policy.Split(';', StringSplitOptions.TrimEntries);

            directives.ShouldContain("default-src 'none'", path);
            directives.Where(directive => directive.StartsWith("script-src", StringComparison.Ordinal)).ShouldHaveSingleItem()
                .ShouldMatch("^script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='$", path);
            directives.ShouldContain("frame-ancestors 'none'", path);
            policy.ShouldNotContain("unsafe", Case.Insensitive, path);
            policy.ShouldNotContain("*", Case.Insensitive, path);
            answer.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        }
    }

    [Fact]
    public async Task Policy_WhenMarkupGetsIntoThePageAllTheSame_RunsNoScript()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        viewer.Complaints.ShouldBeEmpty();

        await viewer.Page.EvaluateAsync(
            """
            () => {
              const script = document.createElement("script");
              script.textContent = "document.title = 'taken over'";
              document.body.append(script);
            }
            """);

        (await viewer.Page.TitleAsync()).ShouldBe("Webstream");
        // This also shows that the tests that expect no violation would have seen one.
        viewer.Complaints.ShouldContain(text => text.Contains("Content Security Policy"));
    }
}
