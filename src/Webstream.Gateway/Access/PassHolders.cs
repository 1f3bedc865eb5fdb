using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tokens;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>Keeps for a pass whose right it carries, and finds out what that right is now.</summary>
/// <param name="access">The shared key.</param>
/// <param name="ring">The named keys.</param>
/// <param name="time">The clock.</param>
/// <param name="tokens">Whose tokens count; none: nobody's.</param>
internal sealed class PassHolders(IOptions<AccessOptions> access, KeyRing ring, TimeProvider time, TokenRules? tokens = null)
{
    /// <summary>The holder of a pass that somebody makes.</summary>
    /// <param name="key">What it has proved: a key or a token.</param>
    /// <param name="secret">The pass.</param>
    public PassHolder Of(KeyIdentity key, string secret) => key.Kind switch
    {
        CallerKind.NamedKey => new() { Kind = PassHolderKind.Key, Name = key.Name!, KeyId = key.Id },
        CallerKind.DefaultKey => new() { Kind = PassHolderKind.DefaultKey, Name = key.Name!, Proof = ProofOf(secret) },
        CallerKind.Token => new()
        {
            Kind = PassHolderKind.Token,
            Name = key.Name!,
            Issuer = tokens?.Issuer,
            Subject = key.Source,
            Rights = key.Rights,
            Ends = key.TokenEnds,
        },
        _ => throw new ArgumentException($"{key.Kind} has no key of which there could be a pass.", nameof(key)),
    };

    /// <summary>What the holder of a pass may do now.</summary>
    /// <param name="holder">The holder.</param>
    /// <param name="secret">The pass, as it was sent.</param>
    public async ValueTask<(KeyStanding Standing, KeyIdentity? Key)> FindAsync(PassHolder holder, string secret)
    {
        switch (holder)
        {
            case { Kind: PassHolderKind.Key, KeyId: { } id }:
                var (standing, key) = await ring.FindIdAsync(id);
                return (standing, key is null ? null : KeyIdentity.Of(key));
            case { Kind: PassHolderKind.DefaultKey, Proof: { } proof } when ProofOf(secret) is { } now:
                var isSame = CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(proof), Encoding.ASCII.GetBytes(now));
                return isSame ? (KeyStanding.Right, KeyIdentity.Default) : (KeyStanding.Wrong, null);
            case { Kind: PassHolderKind.Token, Subject: { } subject, Rights: { } rights, Ends: { } ends }
                when tokens is not null && tokens.Issuer == holder.Issuer && ends > time.GetUtcNow():
                return (KeyStanding.Right, KeyIdentity.Of(new ProvenToken(subject, holder.Name, rights, ends)));
            default:
                return (KeyStanding.Wrong, null);
        }
    }

    private string? ProofOf(string secret) => string.IsNullOrEmpty(access.Value.ApiKey) ? null
        : Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(access.Value.ApiKey)));
}
