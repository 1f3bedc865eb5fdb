using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Connections;
using Webstream.Grains.Hosting;
using Webstream.Grains.Logging;

namespace Webstream.Gateway.Hosting;

/// <summary>The gateway as a process: starts, tells people what they need to know, and ends with an exit code.</summary>
internal static class GatewayProcess
{
    /// <summary>Runs until the process is asked to end.</summary>
    /// <param name="urls">The addresses to listen on, separated by semicolons.</param>
    /// <param name="cancellationToken">Asks it to end.</param>
    /// <returns>0 after a proper end, 1 when the gateway could not start, <see cref="ProcessEnd.FailureCode"/> when a part of it could not go on.</returns>
    public static Task<int> RunAsync(string urls, CancellationToken cancellationToken) => RunAsync(urls, null, cancellationToken);

    /// <summary>For tests: with changes to the builder.</summary>
    internal static async Task<int> RunAsync(string urls, Action<WebApplicationBuilder>? configure, CancellationToken cancellationToken)
    {
        ProcessEnd? end = null;
        try
        {
            ConnectionLimits.RefuseTooFewFiles();
            ListenCheck.Refuse(urls);
            await using var app = GatewayApplication.Build(urls, configure);
            // Before the host does, which would write a trace of it besides.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            var section = app.Configuration.GetSection("Webstream");
            var say = Announcements.To(section);
            if (ClusterMembership.Read(section) is { Redis.Length: > 0 } cluster)
            {
                await RedisStart.WaitAsync(cluster, cluster.EmbedSilo, say, cancellationToken);
            }

            await app.StartAsync(cancellationToken);
            say(StartBanner.Of(app));
            end = app.Services.GetRequiredService<ProcessEnd>();
            await app.WaitForShutdownAsync(cancellationToken);
            return end.ExitCode;
        }
        catch (Exception failure) when (ReasonOf(failure, urls) is { } reason)
        {
            await Console.Error.WriteLineAsync($"webstream-gateway: {reason}");
            return 1;
        }
        finally
        {
            end?.Over();
        }
    }

    // What a person can mend is one line; anything else keeps its trace, because it is ours to mend.
    private static string? ReasonOf(Exception failure, string urls) => failure switch
    {
        StartRefusedException refused => refused.Message,
        OptionsValidationException invalid => string.Join(" ", invalid.Failures.Select(Plain)),
        AggregateException several when several.InnerExceptions.All(one => one is OptionsValidationException) =>
            string.Join(" ", several.InnerExceptions.Select(one => ReasonOf(one, urls))),
        IOException { InnerException: AddressInUseException } =>
            $"{urls} is in use by another program. Choose another port with --port, for example --port 9000, or end that program.",
        IOException { InnerException: System.Net.Sockets.SocketException denied } => $"Cannot listen on {urls}: {denied.Message}.",
        FormatException address => $"{urls} is not an address to listen on: {address.Message}",
        System.Net.Sockets.SocketException denied => $"Cannot listen on {urls}: {denied.Message}.",
        _ => null,
    };

    // "DataAnnotation validation failed for 'LogOptions' members: 'X' with the error: 'text'." The text alone is meant for people.
    private static string Plain(string text)
    {
        const string Marker = "with the error: '";
        var start = text.IndexOf(Marker, StringComparison.Ordinal);
        return start < 0 || !text.EndsWith("'.", StringComparison.Ordinal) ? text : text[(start + Marker.Length)..^"'.".Length];
    }
}
