using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

[Collection(DashboardTests.Name)]
public sealed class LiveMessagesTests(Browser browser)
{
    [Fact]
    public async Task Messages_WhilePagesAreOpen_ShowNewestFirstAndAreCounted()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await Expect(viewer.Count).ToHaveTextAsync("0");

        foreach (var text in new[] { "one", "two", "three" })
        {
            var answer = await gateway.PushAsync(text);
            answer.GetProperty("clients").GetInt32().ShouldBe(1, "a page that says Connected is a client");
        }

        await viewer.ShouldShowAsync("three", "two", "one");
        await Expect(viewer.Count).ToHaveTextAsync("3");
        viewer.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_PushedBefore_AreThereWhenThePageOpens()
    {
        await using var gateway = await TestGateway.StartAsync();
        for (var i = 1; i <= 21; i++)
        {
            await gateway.PushAsync($"{i}");
        }

        await using var viewer = await browser.ViewAsync(gateway.Address);

        await viewer.ShouldShowAsync([.. Enumerable.Range(2, 20).Reverse().Select(i => $"{i}")]);
    }

    [Fact]
    public async Task Messages_OfAPageThatIsReopened_AreNotDoubled()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await gateway.PushAsync("once");
        await viewer.ShouldShowAsync("once");

        await viewer.Page.ReloadAsync();
        await viewer.ShouldSayAsync("Connected");
        await gateway.PushAsync("after");

        await viewer.ShouldShowAsync("after", "once");
    }

    [Fact]
    public async Task Page_OnAPhone_NeedsNoSidewaysScrolling()
    {
        await using var gateway = await TestGateway.StartAsync();
        await gateway.PushAsync(new string('m', 2000));
        await using var viewer = await browser.OpenAsync(gateway.Address, $"?stream=main", new() { ViewportSize = new() { Width = 360, Height = 740 } });
        await Expect(viewer.Messages).ToHaveCountAsync(1);

        var width = await viewer.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth");

        width.ShouldBeLessThanOrEqualTo(360);
    }
}
