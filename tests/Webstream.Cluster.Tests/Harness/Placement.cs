using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Webstream.Grains;
using Webstream.Grains.Hosting;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>Asks the cluster, as a client of it, which silo holds what.</summary>
internal sealed class Placement : IAsyncDisposable
{
    private readonly IHost host;

    private Placement(IHost host) => this.host = host;

    private IGrainFactory Grains => host.Services.GetRequiredService<IGrainFactory>();

    private IManagementGrain Management => Grains.GetGrain<IManagementGrain>(0);

    public static async Task<Placement> ConnectAsync(string redis, string cluster)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        builder.UseOrleansClient(client =>
        {
            client.ConnectThroughRedis(new WebstreamClusterOptions { Redis = redis, Name = cluster }, _ => { });
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(10));
        });
        var host = builder.Build();
        await host.StartAsync();
        return new(host);
    }

    /// <summary>The silo port of the silo on which the owner of a stream lives.</summary>
    public async Task<int> OwnerPortAsync(string stream)
    {
        var owner = await Management.GetActivationAddress(Grains.GetGrain<IStreamGrain>(stream));
        return owner.ShouldNotBeNull($"stream {stream} has an owner").Endpoint.Port;
    }

    /// <summary>The silo port of the silo on which the memory stream's queue lives.</summary>
    public async Task<int> QueuePortAsync()
    {
        var grains = await Management.GetDetailedGrainStatistics();
        return grains.Single(grain => grain.GrainType.Contains("MemoryStreamQueueGrain", StringComparison.OrdinalIgnoreCase)).SiloAddress.Endpoint.Port;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
