using Webstream.Gateway.Keys;

namespace Webstream.Gateway.Access;

/// <summary>Looks at callers again whose requests last: their keys may have been revoked meanwhile, and their tokens may have expired.</summary>
internal sealed class CallersNow(KeyRing ring, TimeProvider time)
{
    /// <summary>Finds out which keys there are now, as far as that is not known already. Nobody asks for keys when all these callers have tokens.</summary>
    public Task RefreshAsync(params IEnumerable<Caller> callers) =>
        callers.Any(caller => caller.Key?.Id is not null) ? ring.RefreshAsync(KeyRing.Fresh) : Task.CompletedTask;

    /// <summary>A caller by what is known now: see <see cref="RefreshAsync"/>.</summary>
    public Caller Of(Caller caller)
    {
        if (caller.Key?.Ends <= time.GetUtcNow())
        {
            return caller.With(null, KeyState.WrongToken);
        }

        if (caller.Key is not { Id: { } id })
        {
            return caller;
        }

        var (standing, key) = ring.StandingOf(id);
        return standing switch
        {
            KeyStanding.Right => caller.With(KeyIdentity.Of(key!), KeyState.Right),
            KeyStanding.Wrong => caller.With(null, KeyState.WrongNamed),
            _ => caller.With(null, KeyState.Unknown),
        };
    }
}
