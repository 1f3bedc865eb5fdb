using System.CommandLine;
using System.Globalization;
using Webstream.Gateway.Detached;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Hosting;

/// <summary>The options of the command line. Everything else is configuration: appsettings.json beside the program, and the environment.</summary>
internal static class CommandLine
{
    // All addresses of the machine, of IPv4 and of IPv6. The original listened on 0.0.0.0, which is IPv4 alone.
    private const string DefaultHost = "*";

    /// <summary>The original's port.</summary>
    public const int DefaultPort = 8000;

    /// <summary>Reads the arguments and runs the gateway, or answers <c>--help</c> and <c>--version</c>.</summary>
    /// <param name="args">The arguments.</param>
    /// <param name="run">Runs the gateway on these addresses, separated by semicolons; detached, if it gets options for that.</param>
    /// <returns>An <see cref="ExitCode"/>; for <c>health</c> that command's own code.</returns>
    public static async Task<int> RunAsync(string[] args, Func<string, DetachedOptions?, CancellationToken, Task<int>> run)
    {
        var urls = new Option<string?>("--urls") { Description = "The addresses to listen on, separated by semicolons, for example http://127.0.0.1:8000", HelpName = "URLS" };
        var host = new Option<string?>("--host") { Description = "The address to listen on (default: all of this machine's, of IPv4 and IPv6; 0.0.0.0 is IPv4 alone)", HelpName = "ADDRESS" };
        var port = new Option<int?>("--port")
        {
            Description = $"The port to listen on, 0 for a free one (default {DefaultPort})",
            HelpName = "PORT",
            CustomParser = static result =>
            {
                if (ushort.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    return number;
                }

                result.AddError("--port is a number from 0 to 65535.");
                return null;
            },
        };
        // These options are for programs; docs/configuration.md describes them.
        var detached = new Option<bool>(DetachedStart.Option) { Description = "For programs: leave the starter's session and streams", Hidden = true };
        var log = File(DetachedStart.LogOption, "Its log, in place of the console");
        var held = File(DetachedStart.LockOption, "The lock that it holds while it runs");

        var root = new RootCommand(
            "The Webstream gateway: takes messages over HTTP and streams them to everybody who listens over Server-Sent Events. "
            + "Settings are environment variables, for example WEBSTREAM_API_KEY or Webstream__Write; README.md and docs/ list them.")
        {
            urls, host, port, detached, log, held, HealthCommand.Create(UrlsGiven, urls, host, port),
            HistoryCommand.Create(UrlsGiven, urls, host, port), KeysCommand.Create(UrlsGiven, urls, host, port),
        };
        root.Validators.Add(result =>
        {
            if (result.GetResult(urls) is not null && (result.GetResult(host) is not null || result.GetResult(port) is not null))
            {
                result.AddError("--urls says everything: leave out --host and --port, or --urls.");
            }

            if ((result.GetResult(log) is not null || result.GetResult(held) is not null) && !result.GetValue(detached))
            {
                result.AddError($"{DetachedStart.LogOption} and {DetachedStart.LockOption} belong to {DetachedStart.Option}.");
            }

            if (result.GetValue(log) is { } path && result.GetValue(held) is { } other && (other == path || other == LogFile.PreviousOf(path)))
            {
                result.AddError($"{DetachedStart.LogOption} and {DetachedStart.LockOption} are two files.");
            }
        });
        root.SetAction((result, cancellationToken) => run(
            UrlsGiven(result),
            result.GetValue(detached) ? new(result.GetValue(log), result.GetValue(held)) : null,
            cancellationToken));
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        return parsed.Errors.Count > 0 ? (int)ExitCode.WrongCommandLine : code;

        string UrlsGiven(ParseResult result) => result.GetValue(urls) ?? UrlsOf(result.GetValue(host), result.GetValue(port));
    }

    private static Option<string?> File(string name, string description) => new(name)
    {
        Description = $"For programs, with {DetachedStart.Option}: {description}",
        HelpName = "FILE",
        Hidden = true,
        CustomParser = result =>
        {
            if (result.Tokens[0].Value is { Length: > 0 } path)
            {
                return Path.GetFullPath(path);
            }

            result.AddError($"{name} is the path of a file.");
            return null;
        },
    };

    private static string UrlsOf(string? host, int? port)
    {
        // Better-known settings than ours; the command line takes precedence over them.
        if (host is null && port is null && ListenSettings.Of(ListenSettings.Read([])) is { } configured)
        {
            return configured;
        }

        var address = host ?? DefaultHost;
        var literal = address.Contains(':', StringComparison.Ordinal) && !address.StartsWith('[') ? $"[{address}]" : address;
        return string.Create(CultureInfo.InvariantCulture, $"http://{literal}:{port ?? DefaultPort}");
    }
}
