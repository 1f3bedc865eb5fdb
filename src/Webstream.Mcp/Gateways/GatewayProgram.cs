using System.Collections;
using System.ComponentModel;
using System.Globalization;
using Webstream.Mcp.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.State;
using Webstream.Tools;

namespace Webstream.Mcp.Gateways;

/// <summary>The gateway that is packaged with this program, and how it is started.</summary>
/// <param name="files">Where its log and its lock are.</param>
/// <param name="settings">A person's choices: the port of the gateway at the public address, and whether the host is one of them.</param>
internal sealed class GatewayProgram(GatewayFiles files, ServerSettings settings)
{
    private const string Name = "webstream-gateway";
    private const string IdleExit = "Webstream__IdleExit";
    private const string HalfAnHour = "00:30:00";

    private static readonly string[] PublicUrl = ["WEBSTREAM_PUBLIC_URL", "Webstream__PublicUrl"];

    // These variables are settings of this program, and mean nothing to a gateway.
    private static readonly string[] Own = ["WEBSTREAM_URL", "WEBSTREAM_HOST", "WEBSTREAM_PORT", StateFolder.Variable];

    // A person who set one of these has said where a history is kept.
    private static readonly string[] Histories = ["Webstream__Log__Store", "Webstream__Log__Path"];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "gateway");

    /// <summary>Starts a gateway.</summary>
    /// <param name="port">Its port.</param>
    /// <param name="host">Where it listens.</param>
    /// <exception cref="WebstreamException">It could not be started.</exception>
    public StartedGateway Start(int port, ListenHost host)
    {
        string[] arguments = [DetachedStart.Option, .. Where(port, host), .. Named(DetachedStart.LogOption, files.LogOf(port)), .. Named(DetachedStart.LockOption, files.LockOf(port))];
        var environment = EnvironmentOf(Environment.GetEnvironmentVariables(), port == settings.Port, StateFolderOf(settings, files));
        var failure = $"there is none in {Folder}";
        foreach (var command in Commands())
        {
            try
            {
                return StartedGateway.Start(command[0], [.. command[1..], .. arguments], environment, Folder);
            }
            catch (Win32Exception refused)
            {
                failure = $"{command[0]}: {refused.Message}";
            }
        }

        throw new WebstreamException(
            WebstreamError.Unavailable,
            $"The gateway that this server brings along could not be started ({failure}). A person must install it anew, or set WEBSTREAM_URL to a gateway that runs.");
    }

    /// <summary>
    /// The gateway's environment: this program's, and an idle timeout for the gateway, unless a person has set one.
    /// </summary>
    /// <param name="variables">This program's.</param>
    /// <param name="isUsual">Whether the gateway gets the usual port, for which the public address is meant.</param>
    /// <param name="state">The state folder that a person chose; empty: it cannot be used; null: nobody chose one.</param>
    internal static Dictionary<string, string> EnvironmentOf(IDictionary variables, bool isUsual, string? state = null)
    {
        var environment = variables.Cast<DictionaryEntry>()
            .Select(variable => (Name: (string)variable.Key, Value: (string?)variable.Value ?? ""))
            .Where(variable => !Own.Contains(variable.Name, StringComparer.OrdinalIgnoreCase) && (isUsual || !PublicUrl.Contains(variable.Name)))
            .ToDictionary(variable => variable.Name, variable => variable.Value);
        if (!environment.Keys.Contains(IdleExit, StringComparer.OrdinalIgnoreCase))
        {
            environment[IdleExit] = HalfAnHour;
        }

        if (state is { Length: > 0 })
        {
            environment[StateFolder.Variable] = state;
        }
        else if (state is not null && !environment.Keys.Any(name => Histories.Contains(name, StringComparer.OrdinalIgnoreCase)))
        {
            // The gateway would refuse a folder that a person chose. The assistant works without it, and has said so.
            environment[Histories[0]] = "memory";
        }

        return environment;
    }

    // The whole path: the gateway has another working directory.
    private static string? StateFolderOf(ServerSettings settings, GatewayFiles files) => settings.StateFolder is null ? null : files.Folder ?? "";

    // Without a host the gateway listens on IPv6 too. 0.0.0.0 is IPv4 alone, which only a person can have meant.
    private string[] Where(int port, ListenHost host) => host.Text == GatewayDefaults.OriginalHost && !settings.IsHostChosen
        ? ["--port", port.ToString(CultureInfo.InvariantCulture)]
        : ["--urls", host.Urls(port)];

    private static string[] Named(string option, string? path) => path is null ? [] : [option, path];

    // The gateway's own executable comes first: process lists then show its name. The executable may be built for another system, or may have
    // lost its execute permission in a package.
    private static IEnumerable<string[]> Commands()
    {
        var starter = Path.Combine(Folder, OperatingSystem.IsWindows() ? $"{Name}.exe" : Name);
        if (File.Exists(starter) && (OperatingSystem.IsWindows() || File.GetUnixFileMode(starter).HasFlag(UnixFileMode.UserExecute)))
        {
            yield return [starter];
        }

        var library = Path.Combine(Folder, $"{Name}.dll");
        if (File.Exists(library))
        {
            foreach (var dotnet in DotnetPrograms().Where(File.Exists).Distinct())
            {
                yield return [dotnet, library];
            }
        }
    }

    private static IEnumerable<string> DotnetPrograms()
    {
        var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
        if (Environment.ProcessPath is { } self && Path.GetFileName(self) == name)
        {
            yield return self;
        }

        if (Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") is { Length: > 0 } host)
        {
            yield return host;
        }

        // The runtime of this program itself is in <dotnet>/shared/Microsoft.NETCore.App/<version>/.
        if (AppContext.GetData("FX_DEPS_FILE") is string framework)
        {
            yield return Path.GetFullPath(Path.Combine(framework, "..", "..", "..", "..", name));
        }

        string[] folders =
        [
            Environment.GetEnvironmentVariable("DOTNET_ROOT") ?? "",
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator),
            .. OperatingSystem.IsWindows()
                ? new[] { Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet") }
                : ["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/local/share/dotnet", "/opt/homebrew/bin"],
        ];
        foreach (var folder in folders.Where(Path.IsPathFullyQualified))
        {
            yield return Path.Combine(folder, name);
        }
    }
}
