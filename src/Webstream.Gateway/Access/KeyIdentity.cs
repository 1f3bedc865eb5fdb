using System.Security.Claims;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>What a caller has proved: the right to do certain things, by a key or by a secret of this machine.</summary>
/// <param name="kind">What proved it.</param>
/// <param name="name">The key's name.</param>
/// <param name="rights">What it gives.</param>
internal sealed class KeyIdentity(CallerKind kind, string name, KeyRights rights)
    : ClaimsIdentity([new Claim(DefaultNameClaimType, name)], ApiKeyAuthentication.SchemeName)
{
    public CallerKind Kind => kind;

    public KeyRights Rights => rights;
}
