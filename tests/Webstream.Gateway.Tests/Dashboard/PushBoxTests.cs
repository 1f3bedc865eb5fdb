using System.Text.RegularExpressions;
using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

[Collection(DashboardTests.Name)]
public sealed class PushBoxTests(Browser browser)
{
    [Fact]
    public async Task Push_OfAMessage_ShowsItAndItsReceipt()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await viewer.PushAsync("from the page");

        await viewer.ShouldShowAsync("from the page");
        await Expect(viewer.Receipt).ToHaveTextAsync(new Regex("^Pushed [0-9a-f]+-1 to 1 client on 1 gateway$"));
        await Expect(viewer.Messages.Locator(".source")).ToHaveTextAsync("dashboard");
        await Expect(viewer.MessageBox).ToHaveValueAsync("");
        viewer.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Push_ByKeyboardWithAnEventType_ShowsTheType()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await viewer.Page.GetByLabel("Event type").FillAsync("deploy.done");
        await viewer.MessageBox.FillAsync("two\nlines");
        await viewer.MessageBox.PressAsync("Control+Enter");

        await viewer.ShouldShowAsync("two\nlines");
        await Expect(viewer.Messages.Locator(".event")).ToHaveTextAsync("deploy.done");
    }

    [Fact]
    public async Task Push_OfNothing_SaysSoAndPushesNothing()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await viewer.PushButton.ClickAsync();
        await Expect(viewer.Receipt).ToHaveTextAsync("The message is empty.");
        var answer = await gateway.PushAsync("the first");

        answer.GetProperty("id").GetString().ShouldEndWith("-1");
    }

    [Fact]
    public async Task Push_OfAForbiddenEventType_ShowsWhatTheGatewaySaysAndKeepsTheText()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);

        await viewer.Page.GetByLabel("Event type").FillAsync("resume");
        await viewer.PushAsync("kept");

        await Expect(viewer.Receipt).ToHaveAttributeAsync("data-result", "error");
        await Expect(viewer.Receipt).ToContainTextAsync("resume");
        await Expect(viewer.MessageBox).ToHaveValueAsync("kept");
        await Expect(viewer.KeyBox).ToBeHiddenAsync();
    }

    [Fact]
    public async Task Key_AfterARefusal_IsAskedForAndThenWorks()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "key"), ("Webstream:ApiKey", "open-sesame-please"));
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await Expect(viewer.KeyBox).ToBeHiddenAsync();

        await viewer.PushAsync("with a key");
        await Expect(viewer.Receipt).ToContainTextAsync("Pushing needs a key");
        await Expect(viewer.KeyBox).ToBeFocusedAsync();
        await Expect(viewer.KeyBox).ToHaveAttributeAsync("type", "password");

        await viewer.KeyBox.FillAsync("wrong");
        await viewer.PushButton.ClickAsync();
        await Expect(viewer.Receipt).ToContainTextAsync("The key is wrong");

        await viewer.KeyBox.FillAsync("open-sesame-please");
        await viewer.PushButton.ClickAsync();
        await viewer.ShouldShowAsync("with a key");
        await Expect(viewer.Receipt).ToHaveAttributeAsync("data-result", "ok");
    }

    [Fact]
    public async Task Key_AfterTheTabIsReloaded_IsStillThereAndInNoOtherTab()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "key"), ("Webstream:ApiKey", "open-sesame-please"));
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await viewer.PushAsync("first");
        await viewer.KeyBox.FillAsync("open-sesame-please");

        await viewer.Page.ReloadAsync();
        await viewer.PushAsync("second");
        await viewer.ShouldShowAsync("second");

        var other = await viewer.Page.Context.NewPageAsync();
        await other.GotoAsync(gateway.Address.ToString());
        await Expect(other.Locator("#status")).ToHaveTextAsync("Connected");
        await Expect(other.GetByLabel("API key")).ToBeHiddenAsync();
        await Expect(other.GetByLabel("API key")).ToHaveValueAsync("");
    }

    [Fact]
    public async Task Key_BehindAProxyWithALogin_LeavesThatLoginToTheProxy()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "key"), ("Webstream:ApiKey", "open-sesame-please"));
        await using var viewer = await browser.ViewAsync(gateway.Address);
        var sent = new TaskCompletionSource<(string? Key, string? Login)>();
        await viewer.Page.RouteAsync("**/api/push", async route =>
        {
            sent.TrySetResult((await route.Request.HeaderValueAsync("X-API-Key"), await route.Request.HeaderValueAsync("Authorization")));
            await route.FulfillAsync(new() { Status = 401, Headers = [new("WWW-Authenticate", "Basic realm=\"site\"")], ContentType = "text/html", Body = "<h1>401" });
        });
        await viewer.PushAsync("through a proxy");

        await Expect(viewer.Receipt).ToContainTextAsync("A proxy before the gateway asks for its own login (401)");
        await Expect(viewer.KeyBox).ToBeHiddenAsync();
        (await sent.Task).ShouldBe((null, null));
    }

    [Fact]
    public async Task Key_IsSentInItsOwnHeader()
    {
        await using var gateway = await TestGateway.StartAsync(("Webstream:Write", "key"), ("Webstream:ApiKey", "open-sesame-please"));
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await viewer.PushAsync("first");
        await viewer.KeyBox.FillAsync("open-sesame-please");
        var pushing = viewer.Page.WaitForRequestAsync("**/api/push");

        await viewer.PushButton.ClickAsync();

        var headers = await (await pushing).AllHeadersAsync();
        headers["x-api-key"].ShouldBe("open-sesame-please");
        headers.ContainsKey("authorization").ShouldBeFalse();
        await viewer.ShouldShowAsync("first");
    }
}
