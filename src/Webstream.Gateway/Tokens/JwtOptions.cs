using Webstream.ServiceDefaults.Settings;

namespace Webstream.Gateway.Tokens;

/// <summary>Whose tokens count as keys. Section <c>Webstream:Jwt</c>. What belongs together is checked by <see cref="TokenRules"/>.</summary>
internal sealed class JwtOptions
{
    /// <summary>The authority that signs tokens, which says at its address which keys it signs with.</summary>
    public string Authority { get; set; } = "";

    /// <summary>The address or the file of the keys (a JWKS), where there is no authority that says it.</summary>
    public string Jwks { get; set; } = "";

    /// <summary>A secret with which tokens are signed.</summary>
    [Secret("Webstream__Jwt__Key")]
    public string? Key { get; set; }

    /// <summary>A file with that secret, or with a public key in PEM.</summary>
    public string KeyFile { get; set; } = "";

    /// <summary>The issuer that tokens name (<c>iss</c>).</summary>
    public string Issuer { get; set; } = "";

    /// <summary>For whom tokens are (<c>aud</c>), separated by commas; one of them is enough.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The algorithms that tokens may be signed with, separated by commas.</summary>
    public string Algorithms { get; set; } = "";

    /// <summary>No token counts.</summary>
    public bool IsOff => string.IsNullOrEmpty(Key)
        && Authority.Length + Jwks.Length + KeyFile.Length + Issuer.Length + Audience.Length + Algorithms.Length == 0;
}
