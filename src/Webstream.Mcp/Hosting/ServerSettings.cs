using System.Net.Http.Headers;
using Webstream.Tools;

namespace Webstream.Mcp.Hosting;

/// <summary>A setting has an invalid value. The text says what to write instead.</summary>
internal sealed class WrongSettingException(string message) : Exception(message);

/// <summary>The settings of a person, all of them in the environment: an assistant's configuration has a place for environment variables.</summary>
internal sealed record ServerSettings
{
    /// <summary>
    /// A gateway elsewhere: <c>WEBSTREAM_URL</c>, without user and password. Null: a gateway on this machine, which is started if needed.
    /// </summary>
    public Uri? Url { get; init; }

    /// <summary>The login for a proxy before that gateway, from the user and password in <c>WEBSTREAM_URL</c>.</summary>
    public AuthenticationHeaderValue? Login { get; init; }

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

    /// <summary>What a person has to know of variables that were ignored.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
