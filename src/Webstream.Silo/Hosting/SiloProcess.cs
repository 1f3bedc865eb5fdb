using Microsoft.Extensions.Options;
using Webstream.Grains.Hosting;
using Webstream.Grains.Logging;

namespace Webstream.Silo.Hosting;

/// <summary>The silo as a process.</summary>
internal static class SiloProcess
{
    /// <summary>Runs until the process is asked to end.</summary>
    /// <returns>0 after a proper end, 1 when the silo could not start.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            await using var app = SiloApplication.Build(args);
            var section = app.Configuration.GetSection("Webstream");
            var say = Announcements.To(section);
            var cluster = ClusterMembership.Read(section);
            if (!string.IsNullOrEmpty(cluster.Redis))
            {
                await RedisStart.WaitAsync(cluster, silo: true, say, CancellationToken.None);
            }

            EndDeadline.Watch(app.Lifetime, Console.Error);
            await app.StartAsync();
            say($"Webstream silo ready; health on {string.Join(", ", app.Urls)}. "
                + (string.IsNullOrEmpty(cluster.Redis) ? "The history is in memory and ends with it." : "The history is in Redis."));
            await app.WaitForShutdownAsync();
            return 0;
        }
        catch (Exception failure) when (ReasonOf(failure) is { } reason)
        {
            await Console.Error.WriteLineAsync($"webstream-silo: {reason}");
            return 1;
        }
    }

    private static string? ReasonOf(Exception failure) => failure switch
    {
        StartRefusedException refused => refused.Message,
        OptionsValidationException invalid => invalid.Message,
        InvalidOperationException { InnerException: FormatException or ArgumentException } wrongType => wrongType.Message,
        IOException { InnerException: Microsoft.AspNetCore.Connections.AddressInUseException inUse } => $"{inUse.Message} Choose another address with --urls.",
        Microsoft.AspNetCore.Connections.AddressInUseException or System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.AddressAlreadyInUse } =>
            "A port of the silo is in use. Choose others with Webstream__Cluster__SiloPort and Webstream__Cluster__GatewayPort.",
        _ => null,
    };
}
