using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Webstream.Grains.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Hosting;

/// <summary>The gateway as a process: starts, tells people what they need to know, and ends with an exit code.</summary>
internal static class GatewayProcess
{
    /// <summary>Runs until the process is asked to end.</summary>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string urls, CancellationToken cancellationToken)
    {
        try
        {
            ListenCheck.Refuse(urls);
            await using var app = GatewayApplication.Build(urls);
            // Before the host does, which would write a trace of it besides.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
            if (ClusterMembership.Read(app.Configuration.GetSection("Webstream")) is { Redis.Length: > 0 } cluster)
            {
                await RedisSettings.WaitAsync(cluster.Redis, Console.WriteLine, cancellationToken);
            }

            await app.StartAsync(cancellationToken);
            StartBanner.Write(app, Console.Out);
            await app.WaitForShutdownAsync(cancellationToken);
            return (int)ExitCode.Ended;
        }
        catch (Exception failure) when (RefusalOf(failure, urls) is { } refused)
        {
            await Console.Error.WriteLineAsync($"webstream-gateway: {refused.Message}");
            return (int)refused.Code;
        }
    }

    // What a person can mend is one line; anything else keeps its trace, because it is ours to mend.
    private static StartRefusedException? RefusalOf(Exception failure, string urls) => failure switch
    {
        StartRefusedException refused => refused,
        OptionsValidationException invalid => new(PlainOf(invalid)),
        AggregateException several when several.InnerExceptions.All(one => one is OptionsValidationException) =>
            new(string.Join(" ", several.InnerExceptions.Cast<OptionsValidationException>().Select(PlainOf))),
        IOException { InnerException: AddressInUseException } => ListenCheck.InUse(urls),
        IOException { InnerException: System.Net.Sockets.SocketException denied } => new($"Cannot listen on {urls}: {denied.Message}."),
        FormatException address => new($"{urls} is not an address to listen on: {address.Message}"),
        System.Net.Sockets.SocketException denied => new($"Cannot listen on {urls}: {denied.Message}."),
        _ => null,
    };

    private static string PlainOf(OptionsValidationException invalid) => string.Join(" ", invalid.Failures.Select(Plain));

    // "DataAnnotation validation failed for 'LogOptions' members: 'X' with the error: 'text'." The text alone is meant for people.
    private static string Plain(string text)
    {
        const string Marker = "with the error: '";
        var start = text.IndexOf(Marker, StringComparison.Ordinal);
        return start < 0 || !text.EndsWith("'.", StringComparison.Ordinal) ? text : text[(start + Marker.Length)..^"'.".Length];
    }
}
