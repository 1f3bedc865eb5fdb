using System.Globalization;
using Webstream.Gateway.Streams;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Logging;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Gateway.Hosting;

/// <summary>Gives the gateway its cluster: a silo of its own in this process, silos elsewhere, or a silo here that joins others.</summary>
internal static class ClusterHosting
{
    /// <exception cref="StartRefusedException">A setting is wrong, or the place that was chosen for the history cannot be written.</exception>
    public static void AddCluster(this WebApplicationBuilder builder, ListenPlan plan)
    {
        var section = builder.Configuration.GetSection("Webstream");
        var cluster = ClusterMembership.Read(section);
        var say = Announcements.To(section);
        var connection = new ClusterConnection();
        builder.Services.AddSingleton(connection);
        switch (cluster)
        {
            case { Redis.Length: > 0, EmbedSilo: true }:
                builder.Services.AddSingleton(new KeptHistory("redis"));
                builder.UseOrleans(silo => silo.JoinThroughRedis(cluster).AddWebstream(section));
                break;
            case { Redis.Length: > 0 }:
                HistoryPlace.RefuseBesideRedis(section);
                builder.Services.AddSingleton(new KeptHistory("redis"));
                builder.UseOrleansClient(client => client.ConnectThroughRedis(cluster, say).Watch(connection).AddWebstream(section));
                break;
            case { Silos.Length: > 0 }:
                builder.Services.AddSingleton(new KeptHistory("silo"));
                builder.UseOrleansClient(client => client.ConnectTo(cluster, say).Watch(connection).AddWebstream(section));
                break;
            default:
                var port = ListenUrls.FirstPort(plan.Written);
                var place = HistoryPlace.Find(
                    section, builder.Configuration[StateFolder.Variable], port is null ? null : string.Create(CultureInfo.InvariantCulture, $"gateway-{port}"));
                builder.Services.AddSingleton(new KeptHistory(place.Path is null ? "memory" : "disk"));
                builder.UseOrleans(silo => silo.BeAlone().AddWebstream(section, place));
                break;
        }
    }

    private static IClientBuilder Watch(this IClientBuilder client, ClusterConnection connection) => client.AddGatewayCountChangedHandler(
        (_, change) => connection.Changed(change.NumberOfConnectedGateways, change.ConnectionRecovered));
}
