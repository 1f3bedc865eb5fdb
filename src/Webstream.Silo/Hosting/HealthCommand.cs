using Webstream.ServiceDefaults.Health;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Silo.Hosting;

/// <summary>The command <c>health</c>: for the health check of a container, which has no other program that could ask.</summary>
internal static class HealthCommand
{
    /// <summary>Asks the silo that these arguments, the environment and appsettings.json describe, or the one at an address.</summary>
    /// <param name="args">The address, alone or after <c>--url</c>, or the arguments of the silo that is asked.</param>
    /// <returns>0 when the silo is ready, else 1.</returns>
    public static Task<int> RunAsync(string[] args)
    {
        var options = args.SkipWhile(IsAddress).ToArray();
        // Of the arguments alone: many platforms have a variable of this name in the environment.
        var written = args.TakeWhile(IsAddress).FirstOrDefault() ?? new ConfigurationBuilder().AddCommandLine(options).Build()["url"];
        return written is not null
            ? HealthQuestion.AskAsync(written, Console.Out)
            : HealthQuestion.AskOwnAsync(SiloApplication.UrlsOf(ListenSettings.Read(options)), Console.Out);
    }

    private static bool IsAddress(string argument) => !argument.StartsWith('-');
}
