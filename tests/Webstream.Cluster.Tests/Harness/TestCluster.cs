using System.Globalization;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>Silos, gateways and one Redis, as processes on loopback.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    /// <summary>How often a gateway sends its listeners a keepalive; less than the product's 30 s, so that the tests see it soon.</summary>
    public static readonly TimeSpan Keepalive = TimeSpan.FromSeconds(2);

    private readonly string name = $"test-{Guid.NewGuid():N}";

    private readonly string? redis;
    private readonly IReadOnlyDictionary<string, string> more;
    private readonly BlackHole? way;
    private readonly bool embed;

    /// <param name="silos">How many silos.</param>
    /// <param name="gateways">How many gateways.</param>
    /// <param name="redis">A Redis elsewhere; none: the cluster has its own.</param>
    /// <param name="way">The relay through which gateways reach the one silo; none: they connect directly.</param>
    /// <param name="embed">The gateways are silos themselves.</param>
    /// <param name="more">More settings for every process.</param>
    public TestCluster(
        int silos, int gateways, string? redis = null, BlackHole? way = null, bool embed = false, IReadOnlyDictionary<string, string>? more = null)
    {
        this.embed = embed;
        this.more = more ?? new Dictionary<string, string>();
        (this.redis, this.way) = (redis, way);
        Silos = [.. Enumerable.Range(1, silos).Select(number => NewSilo($"silo {number}"))];
        Gateways = [.. Enumerable.Range(1, gateways).Select(number => NewGateway($"gateway {number}"))];
    }

    public RedisServer Redis { get; } = new(appendFsync: "everysec");

    public SiloProcess[] Silos { get; }

    public GatewayProcess[] Gateways { get; }

    public IEnumerable<ServerProcess> All => [.. Silos, .. Gateways];

    public Uri[] Addresses => Array.ConvertAll(Gateways, gateway => gateway.Address);

    /// <summary>
    /// The settings of every process. The retained history is far longer than the load's rate (some 200 messages a second) times the longest outage.
    /// A listener that comes at the end of a scenario can thus be given all of it.
    /// </summary>
    private Dictionary<string, string> Settings => new(new Dictionary<string, string>
    {
        ["Webstream__Cluster__Redis"] = redis ?? Redis.Address,
        ["Webstream__Cluster__Name"] = name,
        ["Webstream__Log__RetainedMessages"] = "100000",
        ["Webstream__Log__RetainedBytes"] = "100000000",
        ["Webstream__Listeners__Keepalive"] = Keepalive.ToString("c"),
    }
    .Where(setting => !more.ContainsKey(setting.Key))
    .Concat(more));

    public async Task StartAsync()
    {
        await Redis.RunAsync();
        await HealAsync();
    }

    /// <summary>Starts every process that does not run, and waits until all are ready and know each other.</summary>
    public async Task HealAsync()
    {
        foreach (var server in All.Where(server => !server.IsRunning))
        {
            server.Start();
        }

        await Task.WhenAll(All.Select(server => server.ReadyAsync()));
    }

    /// <summary>The silo on which the owner of a stream lives.</summary>
    public async Task<SiloProcess> OwnerOfAsync(string stream)
    {
        await using var placement = await Placement.ConnectAsync(Redis.Address, name);
        return SiloAt(await placement.OwnerPortAsync(stream));
    }

    /// <summary>The silo on which the memory stream's queue lives.</summary>
    public async Task<SiloProcess> QueueHolderAsync()
    {
        await using var placement = await Placement.ConnectAsync(Redis.Address, name);
        return SiloAt(await placement.QueuePortAsync());
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in All)
        {
            await server.DisposeAsync();
        }

        await Redis.DisposeAsync();
    }

    /// <summary>One more gateway of this cluster.</summary>
    /// <param name="called">What the test calls it.</param>
    /// <param name="others">What is otherwise in its environment; an empty value takes a setting away.</param>
    public GatewayProcess NewGateway(string called, IReadOnlyDictionary<string, string>? others = null)
    {
        var settings = With(others);
        if (embed)
        {
            settings["Webstream__Cluster__EmbedSilo"] = "true";
            settings["Webstream__Cluster__SiloPort"] = "0";
            settings["Webstream__Cluster__GatewayPort"] = "0";
        }

        return new(called, settings);
    }

    /// <summary>One more silo of this cluster.</summary>
    /// <param name="called">What the test calls it.</param>
    /// <param name="others">What is otherwise in its environment; an empty value takes a setting away.</param>
    public SiloProcess NewSilo(string called, IReadOnlyDictionary<string, string>? others = null)
    {
        var settings = With(others);
        settings["Webstream__Cluster__GatewayPort"] = Number(way?.Port ?? 0);
        if (way is not null)
        {
            // Gateways are told the relay's address, and connect through the relay.
            settings["Orleans__Endpoints__GatewayListeningEndpoint"] = $"127.0.0.1:{Number(way.Target)}";
        }

        return new(called, FreePort.Take(), settings);
    }

    private Dictionary<string, string> With(IReadOnlyDictionary<string, string>? others)
    {
        var settings = Settings;
        foreach (var (name, value) in others ?? new Dictionary<string, string>())
        {
            settings[name] = value;
        }

        return settings;
    }

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);

    private SiloProcess SiloAt(int port) => Silos.Single(silo => silo.SiloPort == port);
}
