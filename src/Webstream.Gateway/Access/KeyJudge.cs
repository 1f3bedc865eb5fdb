using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tokens;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>
/// Judges the keys and tokens of a request, sent as <c>Authorization: Bearer</c> or <c>X-API-Key</c>. One that is right is enough: the request can also
/// carry a token for another server, such as a proxy before this gateway. What each one is, its form says: no key is ever judged as a token.
/// </summary>
/// <param name="access">The shared key.</param>
/// <param name="ring">The named keys.</param>
/// <param name="tokens">Judges tokens; none: tokens are not asked for.</param>
/// <param name="passes">Judges tickets and sessions; none: they are not asked for.</param>
internal sealed class KeyJudge(IOptions<AccessOptions> access, KeyRing ring, TokenJudge? tokens = null, PassJudge? passes = null)
{
    private const string BearerPrefix = "Bearer ";

    // Whoever is nobody may send as many as a request holds, and a signature costs more than a hash.
    private const int MostTokens = 4;

    private readonly byte[]? defaultHash = string.IsNullOrEmpty(access.Value.ApiKey) ? null : Hash(access.Value.ApiKey);

    /// <summary>Judges the ticket of a request, or else its keys, or else its session.</summary>
    /// <param name="sent">The keys and tokens.</param>
    /// <param name="context">The request.</param>
    /// <returns>What they prove; when they prove nothing, what is known about them.</returns>
    public async ValueTask<KeyJudgement> JudgeAsync(IReadOnlyList<string> sent, HttpContext context)
    {
        if (passes is null)
        {
            return await JudgeSentAsync(sent, context);
        }

        if (PassJudge.TicketOf(context) is { } ticket)
        {
            return await passes.JudgeTicketAsync(ticket);
        }

        var judged = await JudgeSentAsync(sent, context);
        return judged.Key is null ? await passes.JudgeSessionAsync(context, judged) : judged;
    }

    private async ValueTask<KeyJudgement> JudgeSentAsync(IReadOnlyList<string> sent, HttpContext context)
    {
        if (sent.Count == 0)
        {
            return new(null, KeyState.None);
        }

        // All hashes have the same length, so the time of the comparison tells nothing about the key.
        if (defaultHash is not null && sent.Any(key => CryptographicOperations.FixedTimeEquals(Hash(key), defaultHash)))
        {
            return new(KeyIdentity.Default, KeyState.Right);
        }

        // Without a key of its own the gateway does not judge what is no key of it: the token may be another server's.
        var found = new KeyJudgement(null, defaultHash is null ? KeyState.None : KeyState.Wrong);
        var left = tokens is null ? 0 : MostTokens;
        foreach (var key in sent)
        {
            var judged = key.StartsWith(StoredKey.Prefix, StringComparison.Ordinal) ? await JudgeNamedAsync(key)
                : left-- > 0 ? await JudgeTokenAsync(tokens!, key, context)
                : null;
            if (judged?.State == KeyState.Right)
            {
                return judged;
            }

            found = judged is null || found.State == KeyState.Unknown ? found : judged;
        }

        return found;
    }

    private async ValueTask<KeyJudgement> JudgeNamedAsync(string key)
    {
        var (standing, stored) = await ring.FindAsync(key);
        return standing switch
        {
            KeyStanding.Right => new(KeyIdentity.Of(stored!), KeyState.Right),
            KeyStanding.Wrong => new(null, KeyState.WrongNamed),
            _ => new(null, KeyState.Unknown),
        };
    }

    // A method of its own, so that nothing of tokens is loaded where there are none.
    private static async ValueTask<KeyJudgement?> JudgeTokenAsync(TokenJudge tokens, string text, HttpContext context)
    {
        if (!TokenJudge.HasForm(text))
        {
            return null;
        }

        var judged = await tokens.JudgeAsync(context, text);
        return judged.Token is not null ? new(KeyIdentity.Of(judged.Token), KeyState.Right)
            : judged.IsKnown ? new(null, KeyState.WrongToken, judged.Fault)
            : new(null, KeyState.Unknown, RefusalTexts.UnknownToken);
    }

    /// <summary>The keys that a request carries.</summary>
    public static IReadOnlyList<string> SentIn(HttpRequest request)
    {
        var keys = new List<string>();
        foreach (var value in request.Headers[HeaderNames.Authorization])
        {
            if (value?.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase) == true)
            {
                keys.Add(value[BearerPrefix.Length..].Trim());
            }
        }

        foreach (var value in request.Headers["X-API-Key"])
        {
            keys.Add(value ?? "");
        }

        keys.RemoveAll(string.IsNullOrEmpty);
        return keys;
    }

    private static byte[] Hash(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
