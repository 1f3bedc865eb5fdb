using System.Security.Claims;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>What a caller has proved: the right to do certain things, by a key or by a secret of this machine.</summary>
/// <param name="kind">What proved it.</param>
/// <param name="name">The key's name.</param>
/// <param name="rights">What it gives.</param>
/// <param name="id">The id of a named key.</param>
/// <param name="limits">How much whoever has it may do.</param>
internal sealed class KeyIdentity(CallerKind kind, string name, KeyRights rights, string? id = null, KeyLimits? limits = null)
    : ClaimsIdentity([new Claim(DefaultNameClaimType, name)], ApiKeyAuthentication.SchemeName)
{
    public CallerKind Kind => kind;

    public KeyRights Rights => rights;

    /// <summary>The id of a named key; none for others.</summary>
    public string? Id => id;

    /// <summary>How much whoever has it may do; none: as much as everybody.</summary>
    public KeyLimits? Limits => limits;

    /// <summary>The identity of who has a named key.</summary>
    public static KeyIdentity Of(StoredKey key) => new(CallerKind.NamedKey, key.Name, key.Rights, key.Id, key.Limits);
}
