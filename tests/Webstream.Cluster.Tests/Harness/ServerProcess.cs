using System.Globalization;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>A silo or a gateway: a place (a name, and ports that stay) in which one process runs after the other.</summary>
/// <param name="name">What the test calls it.</param>
/// <param name="program">The command that runs the program.</param>
/// <param name="settings">Its environment.</param>
internal abstract class ServerProcess(string name, IReadOnlyList<string> program, IReadOnlyDictionary<string, string> settings) : IAsyncDisposable
{
    private readonly List<ChildProcess> lives = [];
    private readonly Dictionary<string, string> settings = new(settings);

    public string Name { get; } = name;

    /// <summary>The address at which it speaks HTTP.</summary>
    public Uri Address { get; } = new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePort.Take()}"));

    public ChildProcess Process => lives[^1];

    public bool IsRunning => lives.Count > 0 && !Process.HasExited;

    /// <summary>The output of all its processes.</summary>
    public string Output => string.Join("\n--- started again\n", lives.Select(life => life.Text));

    protected abstract IEnumerable<string> Arguments { get; }

    /// <summary>Changes a setting, from the next start on.</summary>
    public void Set(string setting, string value) => settings[setting] = value;

    /// <summary>Starts it without waiting for it.</summary>
    public void Start() => lives.Add(ChildProcess.Start(
        [.. program, .. Arguments], settings.Select(setting => (setting.Key, setting.Value)), name: Name));

    public async Task StartReadyAsync()
    {
        Start();
        await ReadyAsync();
    }

    public async Task ReadyAsync()
    {
        var status = 0;
        await Until.TrueAsync(
            async () => Process.HasExited || (status = await HealthProbe.ReadyAsync(Address)) == 200, $"{Name} is ready");
        status.ShouldBe(200, $"{Name} ended before it was ready. It said:\n{Process.Text}");
    }

    /// <summary>How many lines of all its processes contain a text.</summary>
    public int Said(string text) => lives.Sum(life => life.Said(text));

    public async ValueTask DisposeAsync()
    {
        foreach (var life in lives)
        {
            await life.DisposeAsync();
        }
    }
}

/// <summary>A silo.</summary>
/// <param name="name">What the test calls it.</param>
/// <param name="siloPort">The port by which the cluster knows it.</param>
/// <param name="settings">Its environment.</param>
internal sealed class SiloProcess(string name, int siloPort, IReadOnlyDictionary<string, string> settings) : ServerProcess(
    name, Programs.Silo, new Dictionary<string, string>(settings)
    {
        ["Webstream__Cluster__SiloPort"] = siloPort.ToString(CultureInfo.InvariantCulture),
    })
{
    /// <summary>The port by which the cluster knows it.</summary>
    public int SiloPort { get; } = siloPort;

    protected override IEnumerable<string> Arguments => ["--urls", Address.GetLeftPart(UriPartial.Authority)];
}

/// <summary>A gateway.</summary>
internal sealed class GatewayProcess(string name, IReadOnlyDictionary<string, string> settings) : ServerProcess(name, Programs.Gateway, settings)
{
    protected override IEnumerable<string> Arguments => ["--host", "127.0.0.1", "--port", Address.Port.ToString(CultureInfo.InvariantCulture)];
}
