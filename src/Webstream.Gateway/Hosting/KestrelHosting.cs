using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace Webstream.Gateway.Hosting;

/// <summary>The web server: where it listens, and what it may hold for each connection.</summary>
internal static class KestrelHosting
{
    public static void AddKestrel(this WebApplicationBuilder builder, string urls)
    {
        builder.WebHost.UseUrls(urls);
        builder.Services.AddSingleton<IConfigureOptions<SocketTransportOptions>, ListenSockets>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Listeners have a rule of their own for those that do not read.
            kestrel.Limits.MinResponseDataRate = null;
            // Bodies have their bounds where they are read. Of one beyond this limit the server would not take the rest, and reset the
            // connection: whoever still sends would never see what was wrong. As it is, it takes what comes for five seconds more.
            kestrel.Limits.MaxRequestBodySize = null;
            // What may be held for each connection: of what its client says while its request is worked on, and of what it does not take.
            kestrel.Limits.MaxRequestBufferSize = 64 * 1024;
            kestrel.Limits.MaxResponseBufferSize = 16 * 1024;
            kestrel.Limits.Http2.InitialStreamWindowSize = 64 * 1024;
            kestrel.Limits.Http2.InitialConnectionWindowSize = 128 * 1024;
        });
    }
}
