using System.CommandLine;
using Webstream.ServiceDefaults.Health;

namespace Webstream.Gateway.Hosting;

/// <summary>The command <c>health</c>: for the health check of a container, which has no other program to ask with.</summary>
internal static class HealthCommand
{
    /// <param name="urlsOf">
    /// The addresses of a gateway with these arguments and this environment. The command takes the same options as the gateway, so that it
    /// finds a gateway that was started with them.
    /// </param>
    /// <param name="listenOptions">The options of the gateway that say where it listens.</param>
    public static Command Create(Func<ParseResult, string> urlsOf, params ReadOnlySpan<Option> listenOptions)
    {
        var url = new Option<string?>("--url")
        {
            Description = "What to ask, in place of the gateway of this machine: a gateway or silo, or one of its health endpoints",
            HelpName = "URL",
        };
        var health = new Command(
            "health",
            "Asks a running gateway whether it is ready: the one that these options, the environment and appsettings.json describe. "
            + "The exit code is 0 when it is, else 1")
        {
            url,
        };
        foreach (var option in listenOptions)
        {
            health.Options.Add(option);
        }

        health.SetAction((result, _) => result.GetValue(url) is { } written
            ? HealthQuestion.AskAsync(written, result.InvocationConfiguration.Output)
            : HealthQuestion.AskOwnAsync(urlsOf(result), result.InvocationConfiguration.Output));
        return health;
    }
}
