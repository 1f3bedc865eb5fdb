using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Access;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Detached;
using Webstream.Gateway.Ending;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Tokens;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Ending;
using Webstream.ServiceDefaults.Logging;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Hosting;

/// <summary>The gateway as a process: starts, tells people what they need to know, and ends with an exit code.</summary>
internal static class GatewayProcess
{
    private const string Name = "webstream-gateway";

    /// <summary>Runs until the process is asked to end.</summary>
    /// <param name="urls">The addresses to listen on, separated by semicolons.</param>
    /// <param name="options">For a gateway that a program starts in the background.</param>
    /// <param name="cancellationToken">Asks it to end.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static Task<int> RunAsync(string urls, DetachedOptions? options, CancellationToken cancellationToken) =>
        RunAsync(urls, options, null, cancellationToken);

    /// <summary>For tests: with changes to the builder.</summary>
    internal static async Task<int> RunAsync(
        string urls, DetachedOptions? options, Action<WebApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        using var signals = new EndSignals();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, signals.DuringStart);
        using var detached = options is null ? null : new DetachedProcess(options);
        using var deadline = new EndDeadline(Name);
        ProcessEnd? end = null;
        try
        {
            ConnectionLimits.RefuseTooFewFiles();
            if (detached is not null)
            {
                await detached.LeaveAsync(TimeProvider.System);
            }

            RefuseWrongAddresses(urls);
            using var plan = ListenCheck.Plan(urls);
            await using var app = GatewayApplication.Build(plan, builder =>
            {
                configure?.Invoke(builder);
                signals.AddTo(builder.Services);
            });
            // Validated before the host does it: the host would write a trace of a wrong setting in addition.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            app.Services.GetRequiredService<ConnectionPlaces>().Measure();
            var section = app.Configuration.GetSection("Webstream");
            var say = Announcements.To(section);
            var cluster = ClusterMembership.Read(section);
            if (!string.IsNullOrEmpty(cluster.Redis))
            {
                await RedisStart.WaitAsync(cluster, cluster.EmbedSilo, say, ending.Token);
            }

            OpenCluster.Refuse(app.Services, cluster, silo: cluster is { Redis.Length: > 0, EmbedSilo: true }, say);
            await HistoryStart.OpenAsync(
                app.Services, app.Services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout, say, ending.Token);
            app.Services.GetRequiredService<LocalSecret>().Leave();
            await KeysRegistration.CheckAsync(app.Services);
            await TokensRegistration.CheckAsync(app.Services);
            deadline.Watch(app.Lifetime, app.Services.GetRequiredService<IOptions<ListenerOptions>>().Value.DrainTime + EndDeadline.Patience);
            await signals.StartAsync(app, ending.Token);
            say(StartBanner.Of(app));
            detached?.TellReady();
            end = app.Services.GetRequiredService<ProcessEnd>();
            await app.WaitForShutdownAsync(cancellationToken);
            return (int)end.ExitCode;
        }
        catch (Exception) when (signals.EndedStart)
        {
            detached?.TellRefused("it was asked to end during its start.");
            return (int)ExitCode.Ended;
        }
        catch (Exception failure) when (RefusalOf(failure, urls) is { } refused)
        {
            await Console.Error.WriteLineAsync($"{Name}: {refused.Message}");
            detached?.TellRefused(refused.Message);
            return (int)refused.Code;
        }
        catch (Exception failure) when (detached is not null)
        {
            // Nobody sees a console: the trace goes to the log, and the starter gets one line.
            await Console.Error.WriteLineAsync($"{Name}: {failure}");
            detached.TellRefused($"{failure.GetType().Name}: {failure.Message}");
            return (int)ExitCode.Refused;
        }
        finally
        {
            end?.Over();
        }
    }

    // Of the settings, or of the command line, which takes precedence over them.
    private static void RefuseWrongAddresses(string urls)
    {
        var settings = ListenSettings.Read([]);
        if (ListenSettings.Of(settings) == urls)
        {
            ListenRules.RefuseWrong(settings);
        }
        else
        {
            ListenRules.RefuseWrong(urls);
        }
    }

    // A failure that a person can mend is one line. Any other failure keeps its trace, because the authors have to mend it.
    private static StartRefusedException? RefusalOf(Exception failure, string urls) => failure switch
    {
        IOException { InnerException: AddressInUseException } or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse } =>
            ListenCheck.InUse(urls),
        IOException { InnerException: SocketException denied } => new($"Cannot listen on {urls}: {denied.Message}."),
        FormatException address => new($"{urls} is not an address to listen on: {address.Message}"),
        SocketException denied => new($"Cannot listen on {urls}: {denied.Message}."),
        _ => StartRefusal.Of(failure),
    };
}
