using System.Text.RegularExpressions;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>
/// The setting <c>Webstream__Cluster__Redis</c>, taken apart. It may hold a password, and a password may look like anything. So whatever is
/// not an address or an option beyond doubt is refused, and no refusal quotes a piece of the setting.
/// </summary>
/// <param name="Servers">The addresses, at least one: <c>host:port</c>, <c>host</c>, <c>[address]:port</c>. They are no secret.</param>
/// <param name="Options">The options of StackExchange.Redis, <c>name=value</c> each, not checked yet.</param>
/// <param name="User">The user of a URL; none: not a URL, or a URL without one.</param>
/// <param name="Password">The password of a URL; none: not a URL, or a URL without one.</param>
internal sealed partial record RedisSetting(
    IReadOnlyList<string> Servers, IReadOnlyList<string> Options, string? User = null, string? Password = null)
{
    /// <summary>The setting's name.</summary>
    public const string Name = "Webstream__Cluster__Redis";

    private const string UsualPort = "6379";
    private const string HowToWrite =
        $"Write host:port, for example redis:{UsualPort} or [::1]:{UsualPort}, and options as name=value behind commas; "
        + "or a URL, redis://host:port or rediss://host:port. The password belongs into Webstream__Cluster__RedisPassword, "
        + "or into a file that Webstream__Cluster__RedisPasswordFile names, and the user into Webstream__Cluster__RedisUser.";

    private const string Scheme = "redis://";
    private const string TlsScheme = "rediss://";

    // What people write before a password. As the name of a server it is a mistake.
    private static readonly string[] OptionNames = ["password", "pass", "passwd", "pwd", "auth", "user", "username", "name", "ssl", "tls"];

    /// <summary>Takes a setting apart.</summary>
    /// <exception cref="StartRefusedException">It cannot be read. The message says how to write it, and quotes nothing.</exception>
    public static RedisSetting Read(string setting)
    {
        var text = setting.Trim();
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? ReadUrl(text[Scheme.Length..], tls: false)
            : text.StartsWith(TlsScheme, StringComparison.OrdinalIgnoreCase) ? ReadUrl(text[TlsScheme.Length..], tls: true)
            : ReadList(text);
    }

    /// <summary>The refusal of a setting.</summary>
    /// <param name="why">What is wrong with it: a clause without its full stop, and without a piece of the setting.</param>
    public static StartRefusedException Refusal(string why) => new($"{Name} cannot be read: {why}. {HowToWrite}");

    private static RedisSetting ReadList(string text)
    {
        var (servers, options) = (new List<string>(), new List<string>());
        foreach (var (part, number) in text.Split(',', StringSplitOptions.TrimEntries).Select((part, at) => (part, at + 1)))
        {
            if (part.Length == 0)
            {
                continue;
            }

            if (Option().IsMatch(part))
            {
                options.Add(part);
            }
            else if (options.Count > 0)
            {
                throw Refusal($"part {number} is not name=value, as all parts after an option are; a password with a comma cannot stand here");
            }
            else
            {
                servers.Add(IsServer(part) ? part : throw Refusal($"part {number} is not an address of Redis"));
            }
        }

        if (servers.Count == 0)
        {
            throw new StartRefusedException($"{Name} names no server. {HowToWrite}");
        }

        // A password behind a comma would else be taken for one more server, and named as such.
        return servers.Count == 1 || servers.TrueForAll(server => HasPort().IsMatch(server))
            ? new(servers, options)
            : throw Refusal("of several servers each needs its port");
    }

    // A password in a URL is encoded: what has a meaning in a URL stands for itself only there. Anything else could be understood in two ways.
    private static RedisSetting ReadUrl(string text, bool tls)
    {
        var at = text.LastIndexOf('@');
        var rest = text[(at + 1)..];
        var url = ReadList(Place(rest));
        url = url with { Options = [.. url.Options, .. Database(rest), .. tls ? ["ssl=true"] : Array.Empty<string>()] };
        if (at < 0)
        {
            return url;
        }

        if (Login().Match(text[..at]) is not { Success: true } login || url.Servers.Count > 1)
        {
            throw Ambiguous();
        }

        var (user, password) = (Uri.UnescapeDataString(login.Groups["user"].Value), Uri.UnescapeDataString(login.Groups["password"].Value));
        return url with { User = user.Length == 0 ? null : user, Password = password };
    }

    private static string Place(string rest) => rest.Split(',', 2) is [var address, var options]
        ? $"{WithoutPath(address)},{options}"
        : WithoutPath(rest);

    private static string WithoutPath(string address) => PathOfUrl().Replace(address, "");

    private static string[] Database(string rest) =>
        PathOfUrl().Match(rest.Split(',', 2)[0]) is { Success: true, Value.Length: > 1 } path ? [$"defaultDatabase={path.Value[1..]}"] : [];

    private static StartRefusedException Ambiguous() =>
        Refusal("a URL is redis://user:password@host:port or redis://:password@host:port, where in user and password everything "
            + "but letters, digits and - . _ ~ is written as % and two hexadecimal digits");

    // The path of a socket stands behind an exclamation mark.
    private static bool IsServer(string part) =>
        part.StartsWith("!/", StringComparison.Ordinal)
        || (Address().Match(part) is { Success: true } server && !OptionNames.Contains(server.Groups["host"].Value, StringComparer.OrdinalIgnoreCase));

    [GeneratedRegex(
        @"^(?:\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\]|(?<host>[A-Za-z0-9._-]+))"
        + @"(?::(?:6553[0-5]|655[0-2]\d|65[0-4]\d{2}|6[0-4]\d{3}|[1-5]?\d{1,4}))?$")]
    private static partial Regex Address();

    [GeneratedRegex(@":\d+$|^!/")]
    private static partial Regex HasPort();

    [GeneratedRegex(@"^\$?[A-Za-z]+\s*=")]
    private static partial Regex Option();

    [GeneratedRegex(@"^(?<user>(?:[A-Za-z0-9._~!$&'()*+;=-]|%[0-9A-Fa-f]{2})*):(?<password>(?:[A-Za-z0-9._~!$&'()*+;=:-]|%[0-9A-Fa-f]{2})+)$")]
    private static partial Regex Login();

    [GeneratedRegex(@"/\d*$")]
    private static partial Regex PathOfUrl();
}
