using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>Sessions and tickets in a real browser: what it keeps, for which pages it sends that, and what then counts.</summary>
[Collection(DashboardTests.Name)]
public sealed class SessionInBrowserTests(Browser browser) : IAsyncLifetime
{
    private const string SharedKey = "the-shared-key-of-the-tests";

    // Answers the status and the text, also where the page may not read them.
    private const string Fetch = """
        async ([address, init]) => {
            try {
                const answer = await fetch(address, init);
                return `${answer.status} ${await answer.text()}`;
            } catch (failure) { return `${failure}`; }
        }
        """;

    private readonly string stream = TestStream.New();
    private TestGateway? gateway;
    private OtherServer? elsewhere;

    public async ValueTask InitializeAsync()
    {
        gateway = await TestGateway.StartAsync(
            ("Webstream:ApiKey", SharedKey), ("Webstream:Write", "key"), ("Webstream:Read", "key"), ("Webstream:Streams:0:Match", "main"),
            ("Webstream:Streams:0:Read", "open"));
        // A page of this machine, at another port: for the browser the same site.
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

    [Fact]
    public async Task Session_LivesInTheGatewaysOwnPages_AndNoPageOfAnotherPortGetsAnythingByIt()
    {
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"{gateway!.Address}");
        (await FetchAsync(page, "/api/session", new { method = "POST", headers = new Dictionary<string, string> { ["X-API-Key"] = SharedKey } })).ShouldStartWith("200 ");
        var cookie = (await page.Context.CookiesAsync()).ShouldHaveSingleItem();
        cookie.Name.ShouldBe($"webstream-{gateway.Address.Port}");
        cookie.HttpOnly.ShouldBeTrue();
        cookie.SameSite.ShouldBe(SameSiteAttribute.Strict);
        (await page.EvaluateAsync<string>("() => document.cookie")).ShouldBe("");

        (await FetchAsync(page, "/api/session", new { })).ShouldContain("\"active\":true");
        (await FetchAsync(page, $"/api/push?stream={stream}", new { method = "POST", body = "by session" })).ShouldStartWith("200 ");
        (await FetchAsync(page, $"/api/streams/{stream}/messages", new { })).ShouldContain("by session");
        await ListenAsync(page, $"/stream/{stream}");
        (await FetchAsync(page, $"/api/push?stream={stream}", new { method = "POST", body = "heard" })).ShouldStartWith("200 ");
        await HeardAsync(page, "heard");

        var other = await page.Context.NewPageAsync();
        await other.GotoAsync($"{elsewhere!.Address}");
        foreach (var mode in (string[])["cors", "no-cors"])
        {
            await FetchAsync(other, $"{gateway.Address}api/push?stream={stream}", new { method = "POST", body = "forged", mode, credentials = "include" });
            await FetchAsync(other, $"{gateway.Address}api/session", new { method = "DELETE", mode, credentials = "include" });
            await FetchAsync(other, $"{gateway.Address}api/tickets", new { method = "POST", body = $$"""{"stream":"{{stream}}"}""", mode, credentials = "include" });
        }

        (await FetchAsync(other, $"{gateway.Address}api/streams/{stream}/messages", new { credentials = "include" })).ShouldNotContain("by session");
        // A form goes where a page sends it, with all cookies of the site.
        var answer = await other.RunAndWaitForResponseAsync(
            () => other.EvaluateAsync(
                """
                action => {
                    const form = Object.assign(document.createElement('form'), { action, method: 'post', enctype: 'text/plain' });
                    form.append(Object.assign(document.createElement('input'), { name: 'forged', value: 'x' }));
                    document.body.append(form);
                    form.submit();
                }
                """,
                $"{gateway.Address}api/push?stream={stream}"),
            response => response.Url.Contains("/api/push", StringComparison.Ordinal));
        answer.Status.ShouldBe(401);
        (await answer.Request.AllHeadersAsync()).ShouldContainKey("cookie");

        (await FetchAsync(page, $"/api/streams/{stream}/messages", new { })).ShouldSatisfyAllConditions(
            text => text.ShouldContain("by session"),
            text => text.ShouldNotContain("forged"));
        (await FetchAsync(page, "/api/session", new { method = "DELETE" })).ShouldContain("\"ended\":true");
        (await page.Context.CookiesAsync()).ShouldBeEmpty();
        await page.Context.CloseAsync();
    }

    [Fact]
    public async Task Ticket_LetsAPageElsewhereListen_AndTheBrowserComesBackByItself()
    {
        var relay = new Relay(gateway!.Address);
        await using var _ = relay;
        var page = await browser.NewPageAsync();
        await page.GotoAsync($"{elsewhere!.Address}");
        var made = await gateway.PostAsync("/api/tickets", $$"""{"stream":"{{stream}}"}""", "application/json", ("X-API-Key", SharedKey)).OkAsync();
        var address = $"{relay.Address}stream/{stream}?ticket={made.GetProperty("ticket")}";
        await ListenAsync(page, address);
        await PushAsync("first");
        await HeardAsync(page, "first");

        relay.Cut();
        await PushAsync("while it was away");
        relay.Restore();
        await HeardAsync(page, "while it was away");

        // A second listener has no id: for good.
        await page.EvaluateAsync("address => { const again = new EventSource(address); again.onerror = () => { window.isOver = again.readyState === 2; }; }", address);
        await page.WaitForFunctionAsync("() => window.isOver === true");
        await page.Context.CloseAsync();
    }

    private Task<JsonElement> PushAsync(string text) => gateway!.PostAsync($"/api/push?stream={stream}", text, "text/plain", ("X-API-Key", SharedKey)).OkAsync();

    private static Task<string> FetchAsync(IPage page, string address, object init) => page.EvaluateAsync<string>(Fetch, new object[] { address, init });

    private static Task<JsonElement?> ListenAsync(IPage page, string address) => page.EvaluateAsync(
        """
        address => new Promise(open => {
            window.heard = [];
            const source = new EventSource(address);
            source.onmessage = message => { window.heard.push(message.data); if (message.data.startsWith('Connected at')) open(); };
        })
        """,
        address);

    private static Task<IJSHandle> HeardAsync(IPage page, string text) => page.WaitForFunctionAsync("text => window.heard.some(data => data.endsWith(text))", text);
}
