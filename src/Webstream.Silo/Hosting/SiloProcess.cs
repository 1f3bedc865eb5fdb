using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Ending;
using Webstream.ServiceDefaults.Logging;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Silo.Hosting;

/// <summary>The silo as a process.</summary>
internal static class SiloProcess
{
    private const string Name = "webstream-silo";

    /// <summary>Runs until the process is asked to end.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        using var signals = new EndSignals();
        using var deadline = new EndDeadline(Name);
        try
        {
            await using var app = SiloApplication.Build(args, builder => signals.AddTo(builder.Services));
            // Before the host validates, which would also write a stack trace.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            var section = app.Configuration.GetSection("Webstream");
            var say = Announcements.To(section);
            var cluster = ClusterMembership.Read(section);
            if (!string.IsNullOrEmpty(cluster.Redis))
            {
                await RedisStart.WaitAsync(cluster, silo: true, say, signals.DuringStart);
            }

            OpenCluster.Refuse(app.Services, cluster, silo: true, say);
            await HistoryStart.OpenAsync(app.Services, EndDeadline.Patience, say, signals.DuringStart);
            deadline.Watch(app.Lifetime, EndDeadline.Patience);
            await signals.StartAsync(app, signals.DuringStart);
            say($"Webstream silo ready; health on {string.Join(", ", app.Urls)}. "
                + (string.IsNullOrEmpty(cluster.Redis) ? $"The history is {app.Services.GetRequiredService<HistoryPlace>().Text}." : "The history is in Redis."));
            await app.WaitForShutdownAsync();
            return (int)ExitCode.Ended;
        }
        catch (Exception) when (signals.EndedStart)
        {
            return (int)ExitCode.Ended;
        }
        catch (Exception failure) when ((StartRefusal.Of(failure) ?? RefusalOf(failure)) is { } refused)
        {
            await Console.Error.WriteLineAsync($"{Name}: {refused.Message}");
            return (int)refused.Code;
        }
    }

    private static StartRefusedException? RefusalOf(Exception failure) => failure switch
    {
        InvalidOperationException { InnerException: FormatException or ArgumentException } wrongType => new(wrongType.Message),
        IOException { InnerException: AddressInUseException inUse } => new($"{inUse.Message} Choose another address with --urls."),
        AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            new("A port of the silo is in use. Choose others with Webstream__Cluster__SiloPort and Webstream__Cluster__GatewayPort."),
        _ => null,
    };
}
