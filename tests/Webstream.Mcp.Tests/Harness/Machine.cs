using System.Globalization;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using Webstream.Protocol;

namespace Webstream.Mcp.Tests.Harness;

/// <summary>
/// A person's machine for one test, with a port and a state folder of its own. The gateways that are started on it outlive the servers that start
/// them. They are ended here, by their process ids.
/// </summary>
internal sealed class Machine : IAsyncDisposable
{
    private const string Mark = "WEBSTREAM_TEST_MACHINE";
    private const int SigKill = 9;

    private readonly string id = Guid.NewGuid().ToString("N");

    public Machine()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes are found by their environment, which only Linux shows.");
        StateFolder = Directory.CreateTempSubdirectory("webstream-test-").FullName;
        Environment[Mark] = id;
        Environment["WEBSTREAM_STATE_DIR"] = StateFolder;
        Environment["WEBSTREAM_PORT"] = Port.ToString(CultureInfo.InvariantCulture);
        Environment["WEBSTREAM_HOST"] = "127.0.0.1";
        // A test about the disk takes this away: the state folder is there anyway.
        Environment["Webstream__Log__Store"] = "memory";
        // For the case that a test is killed before it could clean up.
        Environment["Webstream__IdleExit"] = "00:02:00";
    }

    public static HttpClient Http { get; } = new();

    public int Port { get; } = FreePort.Take();

    public Uri Gateway => new($"http://127.0.0.1:{Port}/");

    public string StateFolder { get; }

    /// <summary>The environment of every program on it.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>The gateways that run on it, by their process ids.</summary>
    public int[] GatewayProcesses()
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var process) && IsGateway(folder))
            {
                found.Add(process);
            }
        }

        return [.. found];
    }

    /// <summary>The information that a gateway gives about itself, once it is up.</summary>
    public async Task<GatewayInfo> InfoAsync(int? port = null)
    {
        GatewayInfo? info = null;
        await Until.TrueAsync(async () =>
        {
            try
            {
                info = await Http.GetFromJsonAsync($"http://127.0.0.1:{port ?? Port}/api/info", WireJson.Instance.GatewayInfo);
                return info is not null;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
        return info!;
    }

    /// <summary>Kills a process and waits until nothing of it is left.</summary>
    public async Task KillAsync(int process)
    {
        Kill(process, SigKill).ShouldBe(0);
        await Until.TrueAsync(() => Task.FromResult(!GatewayProcesses().Contains(process)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in GatewayProcesses())
        {
            _ = Kill(process, SigKill);
        }

        await Until.TrueAsync(() => Task.FromResult(GatewayProcesses().Length == 0));
        Directory.Delete(StateFolder, recursive: true);
    }

    private bool IsGateway(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "environ")).Contains($"{Mark}={id}", StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(process, "cmdline")).Contains("webstream-gateway", StringComparison.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}
