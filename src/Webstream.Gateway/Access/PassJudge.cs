using Webstream.Gateway.Keys;
using Webstream.Gateway.Passes;
using Webstream.Grains;

namespace Webstream.Gateway.Access;

/// <summary>Judges the ticket in a request's address and the session in its cookie.</summary>
internal sealed class PassJudge(PassRing ring, PassHolders holders, SessionCookie cookie)
{
    /// <summary>The ticket of a request that listens; none: it has none. Nothing else is opened by a ticket.</summary>
    public static string? TicketOf(HttpContext context) =>
        TicketInAddress.Of(context) is { } ticket
        && context.GetEndpoint()?.Metadata.GetMetadata<AccessRequirement>() is { Action: AccessAction.Subscribe }
            ? ticket
            : null;

    /// <summary>Judges a ticket. It alone counts, whatever else the request carries.</summary>
    public async ValueTask<KeyJudgement> JudgeTicketAsync(string secret)
    {
        var (standing, pass, key) = await FindAsync(secret, PassKind.Ticket);
        if (standing == KeyStanding.Right && pass!.Session is { } session)
        {
            (standing, _) = await ring.FindAsync(session);
        }

        return standing switch
        {
            KeyStanding.Right => new(key!.ByTicket(pass!), KeyState.Right),
            KeyStanding.Wrong => new(null, KeyState.WrongTicket),
            _ => new(null, KeyState.UnknownTicket),
        };
    }

    /// <summary>Judges the session of a request whose keys prove nothing.</summary>
    /// <param name="context">The request.</param>
    /// <param name="keys">What is known about its keys.</param>
    /// <returns>What the session proves, or what is known about both.</returns>
    public async ValueTask<KeyJudgement> JudgeSessionAsync(HttpContext context, KeyJudgement keys)
    {
        if (cookie.Read(context.Request) is not { } secret)
        {
            return keys;
        }

        if (!cookie.IsOwnPage(context.Request))
        {
            // As if there were none: a page from elsewhere makes browsers send it. What is open to everybody stays open.
            return keys.State == KeyState.None ? keys with { Fault = RefusalTexts.CookieOfAnotherPage } : keys;
        }

        var (standing, pass, key) = await FindAsync(secret, PassKind.Session);
        return standing switch
        {
            KeyStanding.Right => new(key!.BySession(pass!), KeyState.Right),
            KeyStanding.Unknown => new(null, KeyState.Unknown, RefusalTexts.UnknownSession),
            _ => keys.State == KeyState.None ? new(null, KeyState.WrongSession) : keys,
        };
    }

    private async ValueTask<(KeyStanding, StoredPass?, KeyIdentity?)> FindAsync(string secret, PassKind kind)
    {
        if (StoredPass.IdOf(secret, kind) is not { } id)
        {
            return (KeyStanding.Wrong, null, null);
        }

        var (standing, pass) = await ring.FindAsync(id);
        if (pass is null || pass.Kind != kind)
        {
            return (standing == KeyStanding.Right ? KeyStanding.Wrong : standing, null, null);
        }

        var (ofHolder, key) = await holders.FindAsync(pass.Holder, secret);
        return (ofHolder, pass, key);
    }
}
