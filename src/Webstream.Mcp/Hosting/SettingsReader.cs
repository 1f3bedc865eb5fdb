using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Webstream.Mcp.Gateways;
using Webstream.ServiceDefaults.Settings;

namespace Webstream.Mcp.Hosting;

/// <summary>Reads the settings from the environment, and refuses wrong ones by name. It does not judge variables that change nothing.</summary>
/// <param name="environment">The variables and their values.</param>
internal sealed partial class SettingsReader(IReadOnlyDictionary<string, string> environment)
{
    private const string Prefix = "Webstream__";

    private const string HostRule =
        "WEBSTREAM_HOST is an address of this machine: 127.0.0.1 for this machine alone, or 0.0.0.0 for everybody who reaches it.";

    private const string PortRule = "WEBSTREAM_PORT is a port from 1 to 65535, for example 8000.";

    private readonly List<string> notes = [];

    /// <exception cref="WrongSettingException">A setting has an invalid value.</exception>
    public ServerSettings Read()
    {
        var url = Address("WEBSTREAM_URL", mayHaveLogin: true);
        // Beside an address only the key and the public address are used.
        if (TwoNames.Refusal(environment.Where(variable => url is null || IsOwn(variable.Key))) is { } refusal)
        {
            throw new WrongSettingException(refusal);
        }

        var settings = new ServerSettings
        {
            Url = url is null ? null : WithoutLogin(url),
            Login = LoginOf(url),
            // The gateway that is started refuses a short key. One at an address may have had it for long, and is asked.
            ApiKey = Key("WEBSTREAM_API_KEY", mayBeShort: url is not null) ?? Key("Webstream__ApiKey", mayBeShort: url is not null),
            PublicUrl = Address("WEBSTREAM_PUBLIC_URL", mayHaveLogin: false) ?? Address("Webstream__PublicUrl", mayHaveLogin: false),
        };
        if (url is not null)
        {
            // No gateway is started. The tools only show where one would listen.
            return settings with
            {
                Host = ListenHost.TryParse(Raw("WEBSTREAM_HOST") ?? "", out var shown) ? shown.Text : settings.Host,
                Port = TryPort(Raw("WEBSTREAM_PORT"), out var number) ? number : settings.Port,
            };
        }

        RefusePassedOn();
        var host = Own("WEBSTREAM_HOST", HostRule);
        return settings with
        {
            Host = host is null ? settings.Host : ListenAddress(host),
            IsHostChosen = host is not (null or "*" or "+"),
            Port = Own("WEBSTREAM_PORT", PortRule) is { } port ? PortNumber(port) : settings.Port,
            StateFolder = Folder("WEBSTREAM_STATE_DIR"),
            Notes = notes.Count == 0 ? settings.Notes : notes,
        };
    }

    // Configurations often pass on a variable that is not set. It arrives empty.
    private string? Raw(string name) => environment.GetValueOrDefault(name)?.Trim() is { Length: > 0 } text ? text : null;

    private string? Text(string name, string rule) => Raw(name) is not { } text ? null
        : Placeholder.IsIn(text) ? throw new WrongSettingException($"{name} {Placeholder.Refusal} {rule}")
        : text;

    // An assistant starts this program in any folder, and no shell replaces ~.
    private string? Folder(string name)
    {
        var rule = $"{name} is the absolute path of a folder, for example /home/you/.local/state/webstream.";
        return Text(name, rule) is not { } path || Path.IsPathFullyQualified(path) ? Text(name, rule) : throw new WrongSettingException(rule);
    }

    // Kubernetes describes each service of a namespace in variables. The port of a service named webstream is in WEBSTREAM_PORT.
    private string? Own(string name, string rule)
    {
        if (Raw(name) is { } text && ServiceLink().IsMatch(text))
        {
            notes.Add($"{name} is ignored: its value describes a service, as Kubernetes sets it. To choose it, set {name} for this program.");
            return null;
        }

        return Text(name, rule);
    }

    private Uri? Address(string name, bool mayHaveLogin)
    {
        var rule = $"{name} is an address such as http://stream.example.org:8000, without {(mayHaveLogin ? "" : "a user, ")}a query, or 0.0.0.0.";
        return Text(name, rule) is not { } text ? null
            : !text.Any(c => char.GetUnicodeCategory(c) is UnicodeCategory.Format or UnicodeCategory.Control)
                && Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0 && uri.Port > 0
                && uri is { Query: "", Fragment: "" } && (mayHaveLogin || uri.UserInfo.Length == 0) && !IsEverywhere(uri)
            // The paths of requests are below this address. Without the slash they would replace its last part.
            ? uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/")
            : throw new WrongSettingException(rule);
    }

    private string? Key(string name, bool mayBeShort)
    {
        if (environment.GetValueOrDefault(name) is not { Length: > 0 } key)
        {
            return null;
        }

        return Placeholder.Is(key) ? throw new WrongSettingException($"{name} {Placeholder.Refusal}")
            : (Secret.Refusal(key) ?? (mayBeShort ? null : Secret.RefusalOfShort(key))) is { } refusal ? throw new WrongSettingException($"{name} {refusal}")
            : key;
    }

    // A gateway that is started gets these settings. It would refuse them too, but only at the first call.
    private void RefusePassedOn()
    {
        foreach (var (name, value) in environment)
        {
            if (name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) && Placeholder.IsSetting(name, value))
            {
                throw new WrongSettingException($"{name} {Placeholder.Refusal}");
            }
        }
    }

    private static bool IsOwn(string name) => TwoNames.ShortNames.Any(pair => name == pair.Short || name.Equals(pair.Name, StringComparison.OrdinalIgnoreCase));

    private static Uri WithoutLogin(Uri url) => url.UserInfo.Length == 0 ? url : new UriBuilder(url) { UserName = "", Password = "" }.Uri;

    private static AuthenticationHeaderValue? LoginOf(Uri? url)
    {
        if (url is null || url.UserInfo.Length == 0)
        {
            return null;
        }

        var parts = url.UserInfo.Split(':', 2);
        var (user, password) = (Uri.UnescapeDataString(parts[0]), Uri.UnescapeDataString(parts.ElementAtOrDefault(1) ?? ""));
        // RFC 7617: the user has no colon.
        return user.Contains(':', StringComparison.Ordinal) || $"{user}{password}".Any(char.IsControl)
            ? throw new WrongSettingException(
                "WEBSTREAM_URL has a user or a password that cannot be sent: a user with a colon, or a control character.")
            : new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }

    // An address to listen at, but not one to connect to.
    private static bool IsEverywhere(Uri uri) =>
        IPAddress.TryParse(uri.IdnHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    private static string ListenAddress(string host) =>
        ListenHost.TryParse(host, out var parsed) ? parsed.Text : throw new WrongSettingException(HostRule);

    private static int PortNumber(string port) => TryPort(port, out var number) ? number : throw new WrongSettingException(PortRule);

    private static bool TryPort([NotNullWhen(true)] string? text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number is >= 1 and <= 65535;

    [GeneratedRegex(@"\A(?:tcp|udp|sctp)://", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex ServiceLink();
}
