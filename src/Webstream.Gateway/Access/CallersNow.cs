using Webstream.Gateway.Keys;

namespace Webstream.Gateway.Access;

/// <summary>Looks at callers again whose requests last: their keys may have been revoked meanwhile.</summary>
internal sealed class CallersNow(KeyRing ring)
{
    /// <summary>Finds out which keys there are now, as far as that is not known already.</summary>
    public Task RefreshAsync() => ring.RefreshAsync(KeyRing.Fresh);

    /// <summary>A caller by what is known now: see <see cref="RefreshAsync"/>.</summary>
    public Caller Of(Caller caller)
    {
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
