using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Configuration;
using Orleans.Runtime;
using Webstream.Grains;
using Webstream.Grains.Hosting;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>Asks the cluster, as a client of it, which silo holds which grain.</summary>
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
    public Task<int> OwnerPortAsync(string stream) => SettledAsync(
        async () => (await Management.GetActivationAddress(Grains.GetGrain<IStreamGrain>(stream)))?.Endpoint.Port, $"stream {stream} has an owner");

    /// <summary>The silo port of the silo on which the memory stream's queue lives.</summary>
    public Task<int> QueuePortAsync() => SettledAsync(
        async () =>
        {
            var queues = Array.FindAll(
                await Management.GetDetailedGrainStatistics(),
                grain => grain.GrainType.Contains("MemoryStreamQueueGrain", StringComparison.OrdinalIgnoreCase));
            return queues is [var queue] ? queue.SiloAddress.Endpoint.Port : null;
        },
        "there is one queue");

    // The scenario before this one may have killed a silo. This client, or the silo that it asks, may still believe in that silo.
    private static async Task<int> SettledAsync(Func<Task<int?>> ask, string what)
    {
        int? port = null;
        await Until.TrueAsync(
            async () =>
            {
                try
                {
                    return (port = await ask()) is not null;
                }
                catch (Exception failure) when (failure is OrleansException or TimeoutException)
                {
                    return false;
                }
            },
            what);
        return port!.Value;
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }
}
