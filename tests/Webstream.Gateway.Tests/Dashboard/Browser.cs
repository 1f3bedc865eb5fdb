using Microsoft.Playwright;

namespace Webstream.Gateway.Tests.Dashboard;

/// <summary>One Chromium for all tests of the dashboard; each of them gets a profile of its own in it.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string[] Arguments =
    [
        // A container's root user has no sandbox, and the browser opens nothing but the gateway under test.
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        // Names of others that lead here, as whoever owns a name can have it lead.
        "--host-resolver-rules=MAP *.example 127.0.0.1",
    ];

    private readonly SemaphoreSlim starting = new(1, 1);
    private IPlaywright? playwright;
    private IBrowser? chromium;

    public ValueTask InitializeAsync() => default;

    /// <summary>Opens the dashboard and waits until it says that it is connected.</summary>
    internal async Task<Viewer> ViewAsync(Uri gateway, string query = "")
    {
        var viewer = await OpenAsync(gateway, query);
        await viewer.ShouldSayAsync("Connected");
        return viewer;
    }

    /// <summary>Opens the dashboard.</summary>
    internal async Task<Viewer> OpenAsync(Uri gateway, string query = "", BrowserNewContextOptions? options = null)
    {
        return await Viewer.OpenAsync(await NewPageAsync(options), new Uri(gateway, "/" + query));
    }

    /// <summary>A page that is still empty.</summary>
    internal async Task<IPage> NewPageAsync(BrowserNewContextOptions? options = null)
    {
        await StartAsync();
        var context = await chromium!.NewContextAsync(options);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (chromium is not null)
        {
            await chromium.CloseAsync();
        }

        playwright?.Dispose();
        starting.Dispose();
    }

    // Not started when the fixture is made: a missing Chromium must skip the tests, not break them.
    private async Task StartAsync()
    {
        var path = Needs.Program("chromium", "chromium", "chromium-browser", "google-chrome");
        await starting.WaitAsync();
        try
        {
            if (chromium is null)
            {
                await NeedsToRunAsync(path);
                playwright ??= await Playwright.CreateAsync();
                Assertions.SetDefaultExpectTimeout(30_000);
                chromium = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = path, Args = Arguments });
            }
        }
        finally
        {
            starting.Release();
        }
    }

    // Where Chromium comes as a snap, the command is there before the snap is. The command then only says how to install it.
    private static async Task NeedsToRunAsync(string path)
    {
        if (await ProgramRun.OfAsync([path, "--version"]) is { ExitCode: not 0 } failed)
        {
            Needs.Missing($"{path} is there but does not run (exit code {failed.ExitCode})");
        }
    }
}

[CollectionDefinition(Name)]
public sealed class DashboardTests : ICollectionFixture<Browser>
{
    public const string Name = "Dashboard";
}
