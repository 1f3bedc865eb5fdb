using System.Net;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Hosting;
using Webstream.Grains.Hosting;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A silo without a gateway, in this process, to which gateways connect.</summary>
public sealed class TestSilo : IAsyncDisposable
{
    private readonly IHost host;

    private TestSilo(IHost host, int gatewayPort) => (this.host, GatewayPort) = (host, gatewayPort);

    /// <summary>The port to which gateways connect.</summary>
    public int GatewayPort { get; }

    /// <summary>The setting by which a gateway connects to this silo, and the settings that each gateway needs for itself.</summary>
    public (string Key, string Value)[] SettingsOf(string gatewayName) =>
        [("Webstream:Cluster:Silos", $"127.0.0.1:{GatewayPort}"), ("Webstream:Cluster:GatewayName", gatewayName)];

    /// <summary>Starts a silo.</summary>
    public static async Task<TestSilo> StartAsync(params (string Key, string Value)[] settings)
    {
        var (siloPort, gatewayPort) = (FreePort.Take(), FreePort.Take());
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.UseOrleans(silo => silo
            .UseLocalhostClustering(siloPort, gatewayPort)
            .Configure<ClusterOptions>(names => ClusterMembership.Name(names, new()))
            .AddWebstream(builder.Configuration.GetSection("Webstream")));
        var host = builder.Build();
        await host.StartAsync();
        return new(host, gatewayPort);
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
