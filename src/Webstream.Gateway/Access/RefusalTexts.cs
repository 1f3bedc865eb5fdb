using Webstream.Gateway.Rules;
using Webstream.Gateway.Tokens;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>What a caller that may not is told: why, and what it or the person who runs the gateway can do about it.</summary>
internal sealed class RefusalTexts(AccessOptions options)
{
    /// <summary>The error for a page of another origin that asks for more than it may.</summary>
    public const string ForeignReading =
        "A page of another origin, or one that calls this gateway by an unknown name, may only listen to what happens from now on. "
        + "Add its origin to Webstream__AllowedOrigins or the name to Webstream__AllowedHosts, or send a key.";

    private const string SendIt = "as Authorization: Bearer or X-API-Key";

    private const string WrongKey = $"The key is wrong. Send the one that the gateway's WEBSTREAM_API_KEY holds, {SendIt}.";

    private const string WrongNamedKey = "The key is wrong, has expired or was revoked. `webstream-gateway keys new` makes another one.";

    private const string Unknown = "It cannot be told now whether the key is right: the keys cannot be had. Try again in a moment.";

    private const string EndedToken = "The token has expired. Send another one.";

    /// <summary>For a token that cannot be judged now.</summary>
    public const string UnknownToken =
        "It cannot be told now whether the token is right: its key is not known, and the authority's keys cannot be had. Try again in a moment.";

    /// <summary>For a session that cannot be looked up now.</summary>
    public const string UnknownSession = "It cannot be told now whether the session lasts: the sessions cannot be had. Try again in a moment.";

    /// <summary>For a cookie that did not count.</summary>
    public const string CookieOfAnotherPage =
        "This needs a key. The request has the cookie of a session, which counts only for the gateway's own pages: the browser must say, in Origin or "
        + "Sec-Fetch-Site, that the request comes from one. Other pages send a key, as Authorization: Bearer or X-API-Key.";

    /// <summary>For a ticket that is none.</summary>
    public const string WrongTicket = "The ticket is none, was not used in time, or has ended. POST /api/tickets makes another one.";

    /// <summary>For a ticket that begins no second connection.</summary>
    public const string UsedTicket = "The ticket was used already. It begins one connection; POST /api/tickets makes another one.";

    /// <summary>For a ticket that cannot be looked up now.</summary>
    public const string UnknownTicket = "It cannot be told now whether the ticket is right: the tickets cannot be had. Try again in a moment, with another ticket.";

    /// <summary>For a ticket with a wrong stream.</summary>
    public const string TicketForAnother = "The ticket is for another stream. POST /api/tickets makes one for this stream.";

    /// <summary>For a ticket with <c>history=</c>.</summary>
    public const string TicketWithoutHistory = "A ticket lets listen to what happens from now on. Leave history out of the address, or send a key.";

    /// <summary>For a ticket elsewhere.</summary>
    public const string TicketListensOnly = "A ticket lets listen, and nothing else. Send a key.";

    private const string WrongSession = "The session has ended. POST /api/session with a key begins another one, and DELETE /api/session forgets this one.";

    private readonly bool hasDefaultKey = !string.IsNullOrEmpty(options.ApiKey);

    /// <summary>For a caller whose right depends on the rules of streams while these cannot be had.</summary>
    /// <param name="failure">Why they cannot be had; none: that is not known.</param>
    public static (WebstreamError Error, string Text) ForUnknownRules(string? failure) => (
        WebstreamError.Unavailable,
        $"It cannot be told now whether this needs a key: the rules of streams cannot be had{(failure is null ? "" : $" ({failure})")}. Try again in a moment.");

    /// <summary>A refusal that no other key changes: what asks for one would search for a place to log in.</summary>
    public static (WebstreamError Error, string Text) ForGood((WebstreamError Error, string Text) refusal) =>
        refusal.Error == WebstreamError.KeyNeeded ? (WebstreamError.Denied, refusal.Text) : refusal;

    /// <summary>For a caller that may not push, wherever it says that it comes from.</summary>
    public static (WebstreamError Error, string Text) ForWriting(Caller caller, WritePolicy write, StreamName? stream) =>
        OfKey(caller, "publish", stream) ?? (WebstreamError.KeyNeeded, write == WritePolicy.Key
            ? $"Pushing needs a key here. Set WEBSTREAM_API_KEY on the gateway, and send it {SendIt}."
            : "Without a key only callers on the gateway's own machine may push, and only at its loopback address: call it as localhost or 127.0.0.1 there. "
            + $"For others set WEBSTREAM_API_KEY on the gateway and send it {SendIt}, or set Webstream__Write=open to let "
            + "everybody push.");

    /// <summary>For a caller that may not read.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="what">What it wanted, as the beginning of a sentence.</param>
    /// <param name="right">The right that gives it.</param>
    /// <param name="stream">Of which stream; none: all of them.</param>
    public static (WebstreamError Error, string Text) ForReading(Caller caller, string what, string right, StreamName? stream) =>
        OfKey(caller, right, stream) ?? (WebstreamError.KeyNeeded,
            $"{what} {(stream is null ? "all streams" : $"the stream {stream}")} needs a key here. Send one {SendIt}: "
            + "the gateway's WEBSTREAM_API_KEY, or one that `webstream-gateway keys new` makes.");

    /// <summary>For a caller that begins a session.</summary>
    public static (WebstreamError Error, string Text) ForSession(Caller caller) => caller.Key is { IsBySession: true }
        ? (WebstreamError.KeyNeeded, $"A session does not begin another one. Send the key or the token itself, {SendIt}.")
        : OfWrongKey(caller) ?? (WebstreamError.KeyNeeded, $"A session carries the right of a key or a token. Send one {SendIt}.");

    /// <summary>For a caller that makes a ticket.</summary>
    public static (WebstreamError Error, string Text) ForTicket(Caller caller, StreamName? stream) => caller.Kind == CallerKind.LocalUser
        ? (WebstreamError.Denied, "A ticket carries the right of a key or a token. Make a key with `webstream-gateway keys new`, and send that.")
        : OfKey(caller, "subscribe", stream) ?? (WebstreamError.KeyNeeded,
            $"A ticket carries the right of a key, a token or a session. Send one {SendIt}. Where reading is open, listening needs no ticket.");

    /// <summary>For a caller whose key lacks a right that nobody has without one.</summary>
    public static (WebstreamError Error, string Text) ForRight(Caller caller, string right, StreamName? stream) =>
        OfKey(caller, right, stream) ?? (WebstreamError.KeyNeeded, $"This needs a key with the right {right}. Send one {SendIt}.");

    /// <summary>For a caller that wants to do what cannot be undone. Whoever may push and wherever the caller is, that needs a key.</summary>
    public (WebstreamError Error, string Text) ForAdmin(Caller caller, string what) =>
        OfKey(caller, "admin", null) ?? (WebstreamError.KeyNeeded, !hasDefaultKey
            ? $"{what} needs a key, on this machine too, and the gateway has none. Set WEBSTREAM_API_KEY on it, and send that {SendIt}."
            : $"{what} needs a key, on this machine too. Send the gateway's WEBSTREAM_API_KEY {SendIt}.");

    // What there is to say of the key that the caller sent; none when it sent none.
    private static (WebstreamError Error, string Text)? OfKey(Caller caller, string right, StreamName? stream) => OfWrongKey(caller) ?? caller.KeyState switch
    {
        KeyState.Right when caller.Kind == CallerKind.Token => (WebstreamError.Denied,
            $"The token of {caller.Key!.Source} does not give the right {right}{(stream is null ? "" : $" for the stream {stream}")}. "
            + $"The authority says what it gives, in the claim {ProvenToken.Claim}."),
        KeyState.Right => (WebstreamError.Denied,
            $"The key {caller.Key!.Name} does not have the right {right}{(stream is null ? "" : $" for the stream {stream}")}. Send one that has it, "
            + "or make one with `webstream-gateway keys new`."),
        _ => null,
    };

    private static (WebstreamError Error, string Text)? OfWrongKey(Caller caller) => caller.KeyState switch
    {
        KeyState.None when caller.KeyFault is { } fault => (WebstreamError.KeyNeeded, fault),
        KeyState.Wrong => (WebstreamError.KeyNeeded, WrongKey),
        KeyState.WrongNamed => (WebstreamError.KeyNeeded, WrongNamedKey),
        KeyState.WrongToken => (WebstreamError.KeyNeeded, caller.KeyFault ?? EndedToken),
        KeyState.WrongSession => (WebstreamError.KeyNeeded, WrongSession),
        KeyState.Unknown => (WebstreamError.Unavailable, caller.KeyFault ?? Unknown),
        _ => null,
    };
}
