using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>A viewer of the dashboard: what the page shows, and what the browser says about the page.</summary>
internal sealed class Viewer : IAsyncDisposable
{
    private readonly ConcurrentQueue<string> complaints = new();
    private readonly ConcurrentQueue<string> dialogs = new();

    private Viewer(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                complaints.Enqueue(message.Text);
            }
        };
        page.PageError += (_, error) => complaints.Enqueue(error);
        page.Dialog += (_, dialog) =>
        {
            dialogs.Enqueue(dialog.Message);
            _ = dialog.DismissAsync();
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the browser's console, violations of the Content-Security-Policy among them.</summary>
    public IReadOnlyCollection<string> Complaints => complaints;

    /// <summary>Alerts and other dialogs.</summary>
    public IReadOnlyCollection<string> Dialogs => dialogs;

    public ILocator Messages => Page.Locator("#messages .message");

    public ILocator Notices => Page.Locator("#messages .notice");

    public ILocator Count => Page.Locator("#count");

    public ILocator Receipt => Page.Locator("#receipt");

    public ILocator MessageBox => Page.GetByLabel("Message", new() { Exact = true });

    public ILocator PushButton => Page.GetByRole(AriaRole.Button, new() { Name = "Push", Exact = true });

    public ILocator KeyBox => Page.GetByLabel("API key");

    public ILocator StreamBox => Page.GetByLabel("Name of the stream");

    public static async Task<Viewer> OpenAsync(IPage page, Uri address)
    {
        var viewer = new Viewer(page);
        await page.GotoAsync(address.ToString());
        return viewer;
    }

    /// <summary>Waits until the texts of the messages are these, from the top.</summary>
    public Task ShouldShowAsync(params string[] texts) => Expect(Messages.Locator(".text")).ToHaveTextAsync(texts);

    /// <summary>Waits until the status begins with this text.</summary>
    public Task ShouldSayAsync(string status) => Expect(Page.Locator("#status")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex($"^{status}"));

    /// <summary>Types a message and presses the button.</summary>
    public async Task PushAsync(string message)
    {
        await MessageBox.FillAsync(message);
        await PushButton.ClickAsync();
    }

    public async ValueTask DisposeAsync() => await Page.Context.CloseAsync();
}
