using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Rules;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>
/// Judges the keys of a request, sent as <c>Authorization: Bearer</c> or <c>X-API-Key</c>. One right key is enough: the request can also carry a
/// token for another server, such as a proxy before this gateway.
/// </summary>
internal sealed class KeyJudge(IOptions<AccessOptions> access, KeyRing ring)
{
    private const string BearerPrefix = "Bearer ";

    private static readonly KeyIdentity Default = new(CallerKind.DefaultKey, StoredKey.DefaultName, KeyRights.AllButApprove);

    private readonly byte[]? defaultHash = string.IsNullOrEmpty(access.Value.ApiKey) ? null : Hash(access.Value.ApiKey);

    /// <summary>Judges the keys of a request.</summary>
    /// <returns>What they prove; when they prove nothing, what is known about them.</returns>
    public async ValueTask<(KeyIdentity? Key, KeyState State)> JudgeAsync(IReadOnlyList<string> sent)
    {
        if (sent.Count == 0)
        {
            return (null, KeyState.None);
        }

        // All hashes have the same length, so the time of the comparison tells nothing about the key.
        if (defaultHash is not null && sent.Any(key => CryptographicOperations.FixedTimeEquals(Hash(key), defaultHash)))
        {
            return (Default, KeyState.Right);
        }

        // Without a key of its own the gateway does not judge what is no key of it: the token may be another server's.
        var state = defaultHash is null ? KeyState.None : KeyState.Wrong;
        foreach (var key in sent)
        {
            if (!key.StartsWith(StoredKey.Prefix, StringComparison.Ordinal))
            {
                continue;
            }

            var (standing, stored) = await ring.FindAsync(key);
            if (standing == KeyStanding.Right)
            {
                return (KeyIdentity.Of(stored!), KeyState.Right);
            }

            state = standing == KeyStanding.Unknown || state == KeyState.Unknown ? KeyState.Unknown : KeyState.WrongNamed;
        }

        return (null, state);
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
