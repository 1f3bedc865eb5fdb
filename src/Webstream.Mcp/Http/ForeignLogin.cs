using System.Net.Http.Headers;

namespace Webstream.Mcp.Http;

/// <summary>
/// A <c>401</c> that a proxy before the gateway gives: it asks for a login of its own, which has nothing to do with the gateway's key.
/// </summary>
internal static class ForeignLogin
{
    private const string Basic = "Basic";
    private const int MaxSchemes = 3;
    private const int LongestScheme = 20;

    /// <summary>Whether a <c>401</c> is the gateway's own: a problem, and the challenge <c>Bearer</c> without parameters.</summary>
    public static bool IsGateways(HttpResponseMessage answer) =>
        answer.Content.Headers.ContentType?.MediaType is null or "application/problem+json"
        && answer.Headers.WwwAuthenticate.All(challenge => Is(challenge, "Bearer") && challenge.Parameter is null);

    /// <summary>What a person must do about it.</summary>
    /// <param name="answer">The proxy's answer.</param>
    /// <param name="gateway">The gateway's address, without a login.</param>
    /// <param name="hasLogin">Whether a login was sent.</param>
    public static string Explain(HttpResponseMessage answer, Uri gateway, bool hasLogin)
    {
        var challenges = answer.Headers.WwwAuthenticate;
        var takesBasic = challenges.Count == 0 || challenges.Any(challenge => Is(challenge, Basic));
        return (takesBasic, hasLogin) switch
        {
            (false, _) => $"A proxy before the gateway at {gateway} asks for a login ({Schemes(challenges)}) that this server cannot give; "
                + "it is not about the gateway's key. A person must let the server through that proxy, or set WEBSTREAM_URL to the gateway itself.",
            (_, true) => $"A proxy before the gateway at {gateway} does not accept the user and password in WEBSTREAM_URL (401). "
                + "A person must correct them.",
            _ => $"A proxy before the gateway at {gateway} asks for a login of its own (401); it is not about the gateway's key. "
                + "A person must write its user and password into WEBSTREAM_URL: "
                + $"{gateway.Scheme}://user:password@{gateway.Authority}{gateway.AbsolutePath}",
        };
    }

    private static bool Is(AuthenticationHeaderValue challenge, string scheme) =>
        challenge.Scheme.Equals(scheme, StringComparison.OrdinalIgnoreCase);

    // The names come from elsewhere and go to a model.
    private static string Schemes(IEnumerable<AuthenticationHeaderValue> challenges) => string.Join(
        ", ", challenges.Take(MaxSchemes).Select(challenge => new string([.. challenge.Scheme.Where(char.IsAsciiLetterOrDigit).Take(LongestScheme)])));
}
