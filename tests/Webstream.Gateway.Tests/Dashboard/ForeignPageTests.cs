using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>What pages from elsewhere get in a real browser: one of another origin, and one whose name its owner points at the gateway.</summary>
[Collection(DashboardTests.Name)]
public sealed class ForeignPageTests(Browser browser) : IAsyncLifetime
{
    private const string Fetch = """
        async address => {
            try {
                const answer = await fetch(address);
                return `${answer.status} ${await answer.text()}`;
            } catch (failure) { return `${failure}`; }
        }
        """;

    private const string Listen = """
        address => new Promise(open => {
            window.heard = [];
            window.ids = [];
            window.verdicts = [];
            const source = new EventSource(address);
            source.addEventListener('resume', event => { window.verdicts.push(event.data); });
            source.onmessage = message => {
                window.heard.push(message.data);
                window.ids.push(message.lastEventId);
                open(message.lastEventId);
            };
        })
        """;

    private readonly string stream = TestStream.New();
    private TestGateway? gateway;
    private OtherServer? elsewhere;

    public async ValueTask InitializeAsync()
    {
        gateway = await TestGateway.StartAsync();
        elsewhere = await OtherServer.StartAsync("http://127.0.0.1:0", context =>
        {
            context.Response.ContentType = "text/html";
            return context.Response.WriteAsync("<!doctype html><title>elsewhere</title>");
        });
    }

    public async ValueTask DisposeAsync()
    {
        await (elsewhere?.DisposeAsync() ?? default);
        await (gateway?.DisposeAsync() ?? default);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Page_HearsWhatHappensFromNowOn_AndReadsNothingElse(bool isRebound)
    {
        var plain = (await gateway!.PushAsync("before", stream)).GetProperty("id").GetString()!;
        await gateway.PushAsync("also before", stream);
        var page = await browser.NewPageAsync();
        // A name that leads to the gateway makes the page the gateway's own in the eyes of the browser.
        await page.GotoAsync(isRebound ? $"http://rebound.example:{gateway.Address.Port}/" : $"http://evil.example:{elsewhere!.Address.Port}/");
        var at = isRebound ? "" : gateway.Address.ToString().TrimEnd('/');

        foreach (var path in (string[])["/api/streams", $"/api/streams/{stream}", $"/api/streams/{stream}/messages", "/api/info", "/metrics", "/metrics/"])
        {
            var answer = await page.EvaluateAsync<string>(Fetch, $"{at}{path}");
            answer.ShouldNotContain(stream);
            answer.ShouldMatch(isRebound ? "^403 " : "Failed to fetch|^403 ", path);
        }

        var given = await page.EvaluateAsync<string>(Listen, $"{at}/stream/{stream}");
        (await gateway.PushAsync("now", stream)).GetProperty("foreign").GetInt32().ShouldBe(1);
        await HeardAsync(page, "now");

        foreach (var id in (string[])["0-0", plain, $"{given.Split('-')[0]}-0", $"{given.Split('-')[0]}-1"])
        {
            var second = await page.Context.NewPageAsync();
            await second.GotoAsync(page.Url);
            await second.EvaluateAsync<string>(Listen, $"{at}/stream/{stream}?lastEventId={id}");
            await second.WaitForFunctionAsync("() => window.verdicts.length > 0");
            var verdict = JsonDocument.Parse(await second.EvaluateAsync<string>("() => window.verdicts[0]")).RootElement;
            (verdict.GetProperty("status").GetString(), verdict.GetProperty("replayed").GetInt64()).ShouldBe(("reset", 0));
            await gateway.PushAsync("later", stream);
            await HeardAsync(second, "later");
            (await second.EvaluateAsync<bool>("() => window.heard.some(text => text.includes('before'))")).ShouldBeFalse();
            await second.CloseAsync();
        }

        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Page_ThatWasCutOff_ComesBackToWhatItMissed()
    {
        await using var relay = new Relay(gateway!.Address);
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"http://evil.example:{elsewhere!.Address.Port}/");
        await page.EvaluateAsync<string>(Listen, $"{relay.Address}stream/{stream}");
        await gateway.PushAsync("first", stream);
        await HeardAsync(page, "first");

        relay.Cut();
        await gateway.PushAsync("missed", stream);
        relay.Restore();

        await HeardAsync(page, "missed");
        (await page.EvaluateAsync<string>("() => window.verdicts[0]")).ShouldContain("recovered");
        await page.Context.CloseAsync();
    }

    private static Task<IJSHandle> HeardAsync(IPage page, string text) => page.WaitForFunctionAsync("text => window.heard.some(data => data.endsWith(text))", text);
}
