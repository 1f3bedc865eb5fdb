using System.Globalization;
using System.Net;
using Webstream.Mcp.Gateways;
using Webstream.Tools;

namespace Webstream.Mcp.Hosting;

/// <summary>A setting has an invalid value. The text says what to write instead.</summary>
internal sealed class WrongSettingException(string message) : Exception(message);

/// <summary>The settings of a person, all of them in the environment: an assistant's configuration has a place for environment variables.</summary>
internal sealed record ServerSettings
{
    /// <summary>A gateway elsewhere: <c>WEBSTREAM_URL</c>. Null: a gateway on this machine, which is started if needed.</summary>
    public Uri? Url { get; init; }

    /// <summary>The key for writing: <c>WEBSTREAM_API_KEY</c>.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Where a started gateway listens, and the widest reach that a model may choose: <c>WEBSTREAM_HOST</c>.</summary>
    public string Host { get; init; } = GatewayDefaults.OriginalHost;

    /// <summary>Whether a person chose <see cref="Host"/>. Chosen by nobody, it stands for all addresses, of IPv6 too.</summary>
    public bool IsHostChosen { get; init; }

    /// <summary>The port when a model names none: <c>WEBSTREAM_PORT</c>.</summary>
    public int Port { get; init; } = GatewayDefaults.OriginalPort;

    /// <summary>The address that people are told to open: <c>WEBSTREAM_PUBLIC_URL</c>, or <c>Webstream__PublicUrl</c> as a gateway reads it.</summary>
    public Uri? PublicUrl { get; init; }

    /// <summary>Where locks and logs of started gateways are kept: <c>WEBSTREAM_STATE_DIR</c>.</summary>
    public string? StateFolder { get; init; }

    /// <exception cref="WrongSettingException">A setting has an invalid value.</exception>
    public static ServerSettings Read(Func<string, string?> variable)
    {
        return new()
        {
            Url = Address("WEBSTREAM_URL"),
            ApiKey = Text("WEBSTREAM_API_KEY") is { } key ? Printable(key) : null,
            Host = Text("WEBSTREAM_HOST") is { } host ? ListenAddress(host) : GatewayDefaults.OriginalHost,
            IsHostChosen = Text("WEBSTREAM_HOST") is not (null or "*" or "+"),
            Port = Text("WEBSTREAM_PORT") is { } port ? PortNumber(port) : GatewayDefaults.OriginalPort,
            PublicUrl = Address("WEBSTREAM_PUBLIC_URL") ?? Address("Webstream__PublicUrl"),
            StateFolder = Text("WEBSTREAM_STATE_DIR"),
        };

        // Configurations often pass on a variable that is not set. It arrives empty.
        string? Text(string name) => variable(name)?.Trim() is { Length: > 0 } text ? text : null;

        Uri? Address(string name) => Text(name) is { } text ? WebAddress(name, text) : null;
    }

    private static Uri WebAddress(string name, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Host.Length > 0
            && uri is { UserInfo: "", Query: "", Fragment: "" } && !IsEverywhere(uri)
            // The paths of requests are below this address. Without the slash they would replace its last part.
            ? uri.AbsolutePath.EndsWith('/') ? uri : new Uri(uri.AbsoluteUri + "/")
            : throw new WrongSettingException($"{name} is an address such as http://stream.example.org:8000, without a user, a query, or 0.0.0.0.");

    // An address to listen at, but not one to connect to.
    private static bool IsEverywhere(Uri uri) =>
        IPAddress.TryParse(uri.IdnHost, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any));

    private static string Printable(string key) =>
        key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? throw new WrongSettingException("WEBSTREAM_API_KEY has characters that cannot be sent: use printable ASCII without spaces.")
            : key;

    private static string ListenAddress(string host) =>
        ListenHost.TryParse(host, out var parsed)
            ? parsed.Text
            : throw new WrongSettingException("WEBSTREAM_HOST is an address of this machine: 127.0.0.1 for this machine alone, or 0.0.0.0 for everybody who reaches it.");

    private static int PortNumber(string port) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 65535
            ? number
            : throw new WrongSettingException("WEBSTREAM_PORT is a port from 1 to 65535, for example 8000.");
}
