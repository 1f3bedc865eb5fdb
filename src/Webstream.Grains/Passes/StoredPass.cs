using System.Security.Cryptography;
using System.Text;

namespace Webstream.Grains;

/// <summary>What a pass is for. The numbers cross the wire and are kept, so they never change.</summary>
[GenerateSerializer, Alias("webstream.PassKind")]
public enum PassKind
{
    /// <summary>A browser's session, which lives in a cookie.</summary>
    Session = 0,

    /// <summary>A ticket for one listener, which stands in an address.</summary>
    Ticket = 1,
}

/// <summary>
/// A pass as it is kept: whose right it carries, and a hash by which it is recognised. It gives no right of its own: what its holder may do is looked up at
/// each use. The pass itself is told once, to whoever asked for it.
/// </summary>
[GenerateSerializer, Alias("webstream.StoredPass"), Immutable]
public sealed record StoredPass
{
    /// <summary>The longest that a pass lasts.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(12);

    /// <summary>How long a ticket waits for its first use.</summary>
    public static readonly TimeSpan Untaken = TimeSpan.FromSeconds(60);

    private const int SecretBytes = 32;
    private const int PrefixLength = 4;

    /// <summary>The SHA-256 of the pass, as hexadecimal digits. A pass has 256 random bits, so no slow hash is needed.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>What it is for.</summary>
    [Id(1)]
    public required PassKind Kind { get; init; }

    /// <summary>Whose right it carries.</summary>
    [Id(2)]
    public required PassHolder Holder { get; init; }

    /// <summary>The id of the session that made a ticket, and with which the ticket ends; none: a key or a token made it.</summary>
    [Id(3)]
    public string? Session { get; init; }

    /// <summary>The stream that a ticket is for; none for a session.</summary>
    [Id(4)]
    public string? Stream { get; init; }

    /// <summary>When it was made.</summary>
    [Id(5)]
    public required DateTimeOffset Created { get; init; }

    /// <summary>Until when a ticket must have been taken; of a session, when it ends.</summary>
    [Id(6)]
    public required DateTimeOffset Expires { get; init; }

    /// <summary>When it ends at the latest, whatever is done with it.</summary>
    [Id(7)]
    public required DateTimeOffset Latest { get; init; }

    /// <summary>A ticket that was taken: it begins no connection any more.</summary>
    [Id(8)]
    public bool Taken { get; init; }

    /// <summary>When it ends as it is now.</summary>
    public DateTimeOffset Ends => Kind == PassKind.Ticket && !Taken ? Expires : Latest;

    /// <summary>Makes the secret of a pass.</summary>
    /// <returns>The pass as its owner sends it, and its id.</returns>
    public static (string Secret, string Id) NewSecret(PassKind kind)
    {
        var secret = PrefixOf(kind) + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes));
        return (secret, Hash(secret));
    }

    /// <summary>The id of a pass that a caller sent; none when it has not the form of one.</summary>
    public static string? IdOf(string? secret, PassKind kind) =>
        secret is { Length: PrefixLength + (2 * SecretBytes) } && secret.StartsWith(PrefixOf(kind), StringComparison.Ordinal) ? Hash(secret) : null;

    // Beside wsk_ of keys, so that who finds one in a file sees what it is.
    private static string PrefixOf(PassKind kind) => kind == PassKind.Session ? "wss_" : "wst_";

    private static string Hash(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));
}
