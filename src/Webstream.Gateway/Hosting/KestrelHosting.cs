using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Listening;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Hosting;

/// <summary>The web server: where it listens, and what it may hold for each connection.</summary>
internal static class KestrelHosting
{
    public static void AddKestrel(this WebApplicationBuilder builder, ListenPlan plan)
    {
        var metrics = MetricsListening.Addresses(builder.Configuration, plan);
        var areEndpoints = ListenSettings.AreEndpoints(builder.Configuration, plan.Written);
        // The web server warns of addresses beside its endpoints, and takes the endpoints.
        builder.WebHost.UseUrls(areEndpoints ? "" : string.Join(';', ListenUrls.Split(plan.Urls).Concat(metrics)));
        if (areEndpoints)
        {
            builder.WebHost.UseSetting(WebHostDefaults.HttpPortsKey, "");
            builder.WebHost.UseSetting(WebHostDefaults.HttpsPortsKey, "");
            Array.ForEach(metrics, url => builder.Configuration["Kestrel:Endpoints:Metrics:Url"] = url);
        }

        builder.Services.AddSingleton(plan);
        builder.Services.AddSingleton(plan.Ports with { Metrics = metrics is [var alone] ? BindingAddress.Parse(alone).Port : null });
        builder.Services.AddSingleton<IConfigureOptions<SocketTransportOptions>, ListenSockets>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            if (!areEndpoints && ListenSettings.HasEndpoints(builder.Configuration))
            {
                // The command line takes precedence over endpoints.
                kestrel.Configure(WithoutEndpoints(builder.Configuration.GetSection("Kestrel")));
            }

            kestrel.AddServerHeader = false;
            // In any other header bytes that are not UTF-8 are refused. In this one they are an unreadable event id, which the listener is told
            // in its stream: a browser would give up at the refusal.
            kestrel.RequestHeaderEncodingSelector = static name =>
                name.Equals(ListenRequest.LastEventIdHeader, StringComparison.OrdinalIgnoreCase) ? Encoding.Latin1 : null;
            // A rule of its own covers listeners that do not read.
            kestrel.Limits.MinResponseDataRate = null;
            // Bodies have their bounds where they are read. With a limit here the server would not read the rest of a longer body, and would
            // reset the connection: a client that still sends would never see what was wrong. Without it the server reads for five seconds more.
            kestrel.Limits.MaxRequestBodySize = null;
            // What the server may hold for each connection: input that arrives while a request is worked on, and output that the client does not read.
            kestrel.Limits.MaxRequestBufferSize = 64 * 1024;
            kestrel.Limits.MaxResponseBufferSize = 16 * 1024;
            kestrel.Limits.Http2.InitialStreamWindowSize = 64 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 128 * 1024;
        });
    }

    private static IConfiguration WithoutEndpoints(IConfiguration kestrel) => new ConfigurationBuilder()
        .AddInMemoryCollection(kestrel.AsEnumerable(makePathsRelative: true)
            .Where(option => option.Key.Split(':')[0].Equals("Endpoints", StringComparison.OrdinalIgnoreCase) is false))
        .Build();
}
