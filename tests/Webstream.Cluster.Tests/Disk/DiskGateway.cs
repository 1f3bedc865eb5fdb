using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Webstream.Cluster.Tests.Harness;

namespace Webstream.Cluster.Tests.Disk;

/// <summary>A gateway with its history on disk, as a person runs it: one process after the other, in a home folder that is new.</summary>
internal sealed class DiskGateway : IAsyncDisposable
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(30) };

    private readonly DirectoryInfo home = Directory.CreateTempSubdirectory("webstream-home-");

    /// <param name="more">More settings.</param>
    public DiskGateway(params (string Name, string Value)[] more)
    {
        Settings = new Dictionary<string, string>
        {
            ["HOME"] = home.FullName,
            ["XDG_STATE_HOME"] = "",
            // What the test kit sets for tests that are not about the disk.
            ["Webstream__Log__Store"] = "",
            ["Webstream__Listeners__Keepalive"] = TestCluster.Keepalive.ToString("c"),
        };
        foreach (var (name, value) in more)
        {
            Settings[name] = value;
        }

        Server = new("the gateway", Settings);
    }

    public Dictionary<string, string> Settings { get; }

    public GatewayProcess Server { get; }

    public Uri Address => Server.Address;

    public string Home => home.FullName;

    /// <summary>The state folder in the home folder.</summary>
    public string Folder => Path.Combine(home.FullName, ".local", "state", "webstream");

    /// <summary>The database.</summary>
    public string Database => Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"gateway-{Address.Port}.db"));

    /// <summary>Pushes a message.</summary>
    /// <returns>The answer, which must be a success.</returns>
    public Task<(EventId Id, bool Duplicate)> PushAsync(string message, string stream = "main", string? key = null) => PushAsync(Address, message, stream, key);

    /// <summary>Pushes a message to any gateway.</summary>
    public static async Task<(EventId Id, bool Duplicate)> PushAsync(Uri gateway, string message, string stream, string? key)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(gateway, "/api/push"), new { message, stream, idempotencyKey = key });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        ((int)answer.StatusCode).ShouldBe(200, body.ToString());
        EventId.TryParse(body.GetProperty("id").GetString(), out var id).ShouldBeTrue();
        return (id, body.GetProperty("duplicate").GetBoolean());
    }

    /// <summary>Pushes a message that need not go in.</summary>
    /// <returns>The status.</returns>
    public async Task<int> TryPushAsync(string message, string stream)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(Address, "/api/push"), new { message, stream });
        return (int)answer.StatusCode;
    }

    /// <summary>Asks it something.</summary>
    public Task<JsonElement> GetAsync(string path) => Http.GetFromJsonAsync<JsonElement>(new Uri(Address, path));

    /// <summary>The verdict on an id, and the texts of what follows it.</summary>
    public async Task<(string Status, string[] Texts)> ResumeAsync(EventId id, string stream = "main")
    {
        var page = await GetAsync($"/api/streams/{stream}/messages?after={id}&limit=1000");
        return (page.GetProperty("resume").GetProperty("status").GetString()!,
            [.. page.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("message").GetString()!)]);
    }

    /// <summary>Runs one of the gateway's commands with its settings and its port.</summary>
    public Task<ProgramRun> RunAsync(params string[] command) => ProgramRun.OfAsync(
        [.. Programs.Gateway, .. command, "--host", "127.0.0.1", "--port", Address.Port.ToString(CultureInfo.InvariantCulture)],
        Settings.Select(setting => (setting.Key, setting.Value)));

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        home.Delete(recursive: true);
    }
}
