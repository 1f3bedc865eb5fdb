using Webstream.Gateway.Addresses;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tokens;

/// <summary>Whose tokens count: the settings, checked together.</summary>
/// <param name="Issuer">The issuer that tokens must name.</param>
/// <param name="Audiences">For whom they may be.</param>
/// <param name="Algorithms">What they may be signed with.</param>
/// <param name="Keys">Where the keys are from.</param>
internal sealed record TokenRules(string Issuer, string[] Audiences, string[] Algorithms, KeyPlace Keys)
{
    private const string Prefix = "Webstream__Jwt__";
    private const int LongestName = 256;

    private static readonly string[] Asymmetric = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];
    private static readonly string[] Symmetric = ["HS256", "HS384", "HS512"];

    /// <summary>Whether there is an authority that gives tokens to whoever logs in.</summary>
    public bool HasAuthority => Keys is KeyPlace.Authority;

    /// <summary>Reads the settings.</summary>
    /// <returns>Null when no token counts.</returns>
    /// <exception cref="StartRefusedException">A setting is wrong, or one is missing.</exception>
    public static TokenRules? Read(JwtOptions options)
    {
        if (options.IsOff)
        {
            return null;
        }

        (string Name, string? Value)[] places =
            [("Authority", options.Authority), ("Jwks", options.Jwks), ("Key", options.Key), ("KeyFile", options.KeyFile)];
        var set = Array.FindAll(places, place => !string.IsNullOrEmpty(place.Value));
        if (set.Length != 1)
        {
            throw new StartRefusedException(set.Length == 0
                ? $"{Prefix}Authority is missing: it names the server that signs tokens, for example https://id.example.org. "
                    + $"{Prefix}Jwks, {Prefix}Key or {Prefix}KeyFile can stand in its place."
                : $"{Prefix}{set[0].Name} and {Prefix}{set[1].Name} both say whose tokens count. Leave one of them out.");
        }

        var issuer = Plain("Issuer", Needed("Issuer", [options.Issuer.Trim()], "the issuer that tokens name in iss, for example https://id.example.org")[0]);
        var audiences = Array.ConvertAll(
            Needed("Audience", ListedSettings.Split(options.Audience), "for whom tokens are, as in aud, for example https://stream.example.org/mcp"),
            audience => Plain("Audience", audience));
        var algorithms = Needed("Algorithms", ListedSettings.Split(options.Algorithms), "what tokens are signed with, for example RS256");
        RefuseUnknown(algorithms);
        return new(issuer, audiences, algorithms, set[0].Name switch
        {
            "Authority" => new KeyPlace.Authority(SafeUrl("Authority", OnlyPrivate(options.Authority, algorithms, "Authority"), mayHaveQuery: false)),
            "Jwks" => Jwks(OnlyPrivate(options.Jwks, algorithms, "Jwks")),
            "Key" => new KeyPlace.Static(StaticKey.OfSecret(options.Key!, $"{Prefix}Key", algorithms)),
            _ => new KeyPlace.Static(StaticKey.OfFile(options.KeyFile, $"{Prefix}KeyFile", algorithms)),
        });
    }

    /// <summary>Whether an algorithm signs with a secret that whoever checks it has too.</summary>
    public static bool IsSymmetric(string algorithm) => algorithm.StartsWith("HS", StringComparison.Ordinal);

    private static string[] Needed(string name, string[] values, string says) =>
        values is [{ Length: > 0 }, ..] ? values : throw new StartRefusedException($"{Prefix}{name} is missing: {says}.");

    private static string Plain(string name, string value) =>
        value.Length <= LongestName && !value.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? value
            : throw new StartRefusedException(
                $"{Prefix}{name} has '{value}'. Write at most {LongestName} printable characters of ASCII without blanks, exactly as they are in tokens.");

    private static void RefuseUnknown(string[] algorithms)
    {
        if (Array.Find(algorithms, one => !Asymmetric.Contains(one) && !Symmetric.Contains(one)) is { } unknown)
        {
            throw new StartRefusedException(
                $"{Prefix}Algorithms has '{unknown}'. Write one or more of {string.Join(", ", Asymmetric)}, "
                + $"or, with a secret, of {string.Join(", ", Symmetric)}.");
        }
    }

    // Whoever may read public keys could else sign with them as with a secret.
    private static string OnlyPrivate(string value, string[] algorithms, string name) => Array.Find(algorithms, IsSymmetric) is { } secret
        ? throw new StartRefusedException(
            $"{Prefix}Algorithms has {secret}, which is for a secret. With {Prefix}{name} write what its keys are for, for example RS256 or ES256.")
        : value;

    private static KeyPlace Jwks(string value)
    {
        if (value.StartsWith("http:", StringComparison.OrdinalIgnoreCase) || value.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
        {
            return new KeyPlace.Address(SafeUrl("Jwks", value, mayHaveQuery: true));
        }

        return Path.IsPathRooted(value) ? new KeyPlace.File(value) : throw new StartRefusedException(
            $"{Prefix}Jwks is the address of a JWKS, for example https://id.example.org/keys, or the absolute path of a file.");
    }

    // Whoever is on the way to it could else give keys of their own.
    private static Uri SafeUrl(string name, string value, bool mayHaveQuery) =>
        Uri.TryCreate(value.Trim(), UriKind.Absolute, out var url) && (url.Scheme == "https" || (url.Scheme == "http" && url.IsLoopback))
        && url is { UserInfo: "", Fragment: "" } && (mayHaveQuery || url.Query.Length == 0)
            ? url
            : throw new StartRefusedException(
                $"{Prefix}{name} is an address that begins with https://, for example https://id.example.org (http:// only at this machine's localhost).");
}

/// <summary>Where the keys are from that tokens are signed with.</summary>
internal abstract record KeyPlace
{
    /// <summary>A server that says at its address where its keys are (OpenID Connect Discovery).</summary>
    internal sealed record Authority(Uri Url) : KeyPlace;

    /// <summary>A server that has a JWKS at this address.</summary>
    internal sealed record Address(Uri Url) : KeyPlace;

    /// <summary>A file with a JWKS.</summary>
    internal sealed record File(string Path) : KeyPlace;

    /// <summary>One key, from the settings.</summary>
    internal sealed record Static(StaticKey Key) : KeyPlace;
}
