using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Listening;

namespace Webstream.Gateway.Hosting;

/// <summary>The web server: where it listens, and what it may hold for each connection.</summary>
internal static class KestrelHosting
{
    public static void AddKestrel(this WebApplicationBuilder builder, ListenPlan plan)
    {
        builder.WebHost.UseUrls(plan.Urls);
        builder.Services.AddSingleton(plan);
        builder.Services.AddSingleton(plan.Ports);
        builder.Services.AddSingleton<IConfigureOptions<SocketTransportOptions>, ListenSockets>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
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
}
