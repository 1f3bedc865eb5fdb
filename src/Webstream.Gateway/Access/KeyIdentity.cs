using System.Security.Claims;
using Webstream.Gateway.Tokens;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>What a caller has proved: the right to do certain things, by a key or by a secret of this machine.</summary>
/// <param name="kind">What proved it.</param>
/// <param name="name">Whose it is: the key's name, or a token's subject and issuer. Two keys of one name are one caller.</param>
/// <param name="rights">What it gives.</param>
/// <param name="id">The id of a named key.</param>
/// <param name="limits">How much whoever has it may do.</param>
internal sealed class KeyIdentity(CallerKind kind, string name, KeyRights rights, string? id = null, KeyLimits? limits = null)
    : ClaimsIdentity([new Claim(DefaultNameClaimType, name)], ApiKeyAuthentication.SchemeName)
{
    private StoredPass? session;

    /// <summary>The identity of who has the shared key.</summary>
    public static KeyIdentity Default { get; } = new(CallerKind.DefaultKey, StoredKey.DefaultName, KeyRights.AllButApprove);

    public CallerKind Kind => kind;

    public KeyRights Rights => rights;

    /// <summary>The id of a named key; none for others.</summary>
    public string? Id => id;

    /// <summary>How much whoever has it may do; none: as much as everybody.</summary>
    public KeyLimits? Limits => limits;

    /// <summary>When it ends by itself: a token, a session, a ticket; none for keys.</summary>
    public DateTimeOffset? Ends => Min(TokenEnds, Min(session?.Latest, Ticket?.Latest));

    /// <summary>When a token ends; none for keys.</summary>
    public DateTimeOffset? TokenEnds { get; private init; }

    /// <summary>The id of the session by which its owner has it, or which made the ticket; none: there is no session.</summary>
    public string? Session => session?.Id ?? Ticket?.Session;

    /// <summary>Its owner has it by a session.</summary>
    public bool IsBySession => session is not null;

    /// <summary>The ticket by which its owner has it; none: there is none.</summary>
    public StoredPass? Ticket { get; private init; }

    /// <summary>The <c>source</c> that it vouches for; none: it may be anybody's.</summary>
    public string? Source { get; private init; }

    /// <summary>What the streams that are begun with a named key may hold; none: no stream counts for it.</summary>
    public CallerQuota? Quota { get; private init; }

    /// <summary>It may end while a request lasts: see <see cref="CallersNow"/>.</summary>
    public bool MayEnd => id is not null || Ends is not null;

    /// <summary>The identity of who has a named key.</summary>
    public static KeyIdentity Of(StoredKey key) => new(CallerKind.NamedKey, key.Name, key.Rights, key.Id, key.Limits)
    {
        Source = key.Name,
        Quota = new(key.Name, key.Limits?.Streams, key.Limits?.Bytes),
    };

    /// <summary>The identity of who has a token.</summary>
    public static KeyIdentity Of(ProvenToken token) =>
        new(CallerKind.Token, token.Caller, token.Rights) { Source = token.Subject, TokenEnds = token.Ends };

    /// <summary>The same by a session: it ends with that.</summary>
    public KeyIdentity BySession(StoredPass pass) => Copy(rights, pass, null);

    /// <summary>The same by a ticket: it ends with that, and lets listen to its stream alone.</summary>
    public KeyIdentity ByTicket(StoredPass pass)
    {
        string[] streams = StreamName.TryParse(pass.Stream, out var stream) && KeyRights.Holds(rights.Subscribe, stream) ? [stream.Value] : [];
        return Copy(KeyRights.None with { Subscribe = streams }, null, pass);
    }

    /// <summary>The same by what is known of its key now.</summary>
    public KeyIdentity With(StoredKey key) =>
        Ticket is not null ? Of(key).ByTicket(Ticket) : session is not null ? Of(key).BySession(session) : Of(key);

    private KeyIdentity Copy(KeyRights given, StoredPass? bySession, StoredPass? byTicket) =>
        new(kind, name, given, id, limits) { Source = Source, Quota = Quota, TokenEnds = TokenEnds, session = bySession, Ticket = byTicket };

    private static DateTimeOffset? Min(DateTimeOffset? one, DateTimeOffset? other) => one is null || other < one ? other ?? one : one;
}
