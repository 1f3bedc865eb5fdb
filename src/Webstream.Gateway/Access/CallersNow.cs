using Webstream.Gateway.Keys;
using Webstream.Gateway.Passes;

namespace Webstream.Gateway.Access;

/// <summary>Looks at callers again whose requests last: their keys may have been revoked meanwhile, and their
/// tokens and sessions may have ended.</summary>
internal sealed class CallersNow(KeyRing ring, TimeProvider time, PassRing? passes = null)
{
    /// <summary>Finds out which keys there are now, as far as that is not known already. Nobody asks for keys when all these callers have tokens.</summary>
    public async Task RefreshAsync(params IEnumerable<Caller> callers)
    {
        var keys = callers.Any(caller => caller.Key?.Id is not null) ? ring.RefreshAsync(KeyRing.Fresh) : Task.CompletedTask;
        await (passes?.RefreshAsync(callers.Select(caller => caller.Key?.Session).OfType<string>()) ?? Task.CompletedTask);
        await keys;
    }

    /// <summary>A caller by what is known now: see <see cref="RefreshAsync"/>.</summary>
    public Caller Of(Caller caller)
    {
        if (caller.Key is not { } held)
        {
            return caller;
        }

        var (wrong, unknown) = held.Ticket is not null ? (KeyState.WrongTicket, KeyState.UnknownTicket)
            : held.IsBySession ? (KeyState.WrongSession, KeyState.Unknown)
            : (held.Id is null ? KeyState.WrongToken : KeyState.WrongNamed, KeyState.Unknown);
        if (held.Ends <= time.GetUtcNow())
        {
            return caller.With(null, wrong);
        }

        var (standing, key) = held.Id is { } id ? ring.StandingOf(id) : (KeyStanding.Right, null);
        if (standing == KeyStanding.Right && held.Session is { } session && passes is not null)
        {
            (standing, _) = passes.StandingOf(session);
        }

        return standing switch
        {
            KeyStanding.Right => key is null ? caller : caller.With(held.With(key), KeyState.Right),
            KeyStanding.Wrong => caller.With(null, wrong),
            _ => caller.With(null, unknown),
        };
    }
}
