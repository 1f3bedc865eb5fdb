using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Playwright;
using Webstream.Gateway.Tests.Hosting;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>A person answers in the browser what an assistant has asked.</summary>
[Collection(DashboardTests.Name)]
public sealed class QuestionTests(Browser browser)
{
    private static readonly string[] YesOrNo = ["yes", "<b>no</b>"];

    [Fact]
    public async Task Question_WithOptions_IsAnsweredByAButton()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        var question = await AskAsync(gateway, new { message = "Go on?", @event = "question", options = YesOrNo });

        await viewer.Messages.GetByRole(AriaRole.Button, new() { Name = "<b>no</b>" }).ClickAsync();

        await viewer.ShouldShowAsync("<b>no</b>", "Go on?");
        await Expect(viewer.Messages.Locator(".answers")).ToHaveTextAsync("You answered: <b>no</b>");
        var reply = await gateway.Client.GetFromJsonAsync<JsonElement>(
            $"/api/streams/main/messages?inReplyTo={question}", TestContext.Current.CancellationToken);
        var answer = reply.GetProperty("messages").EnumerateArray().ShouldHaveSingleItem();
        answer.GetProperty("message").GetString().ShouldBe("<b>no</b>");
        answer.GetProperty("event").GetString().ShouldBe("reply");
        viewer.Complaints.ShouldBeEmpty();
    }

    [Fact]
    public async Task Question_WithoutOptions_IsAnsweredInWords()
    {
        await using var gateway = await TestGateway.StartAsync();
        await using var viewer = await browser.ViewAsync(gateway.Address);
        await AskAsync(gateway, new { message = "Which name?", @event = "question" });

        await viewer.Messages.GetByLabel("Your answer").FillAsync("webstream");
        await viewer.Messages.GetByLabel("Your answer").PressAsync("Enter");

        await viewer.ShouldShowAsync("webstream", "Which name?");
        await Expect(viewer.Messages.Locator(".reply")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("^in reply to [0-9a-f]+-1$"));
    }

    private static async Task<string> AskAsync(TestGateway gateway, object question)
    {
        using var answer = await gateway.Client.PostAsJsonAsync("/api/push", question, TestContext.Current.CancellationToken);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString()!;
    }
}
