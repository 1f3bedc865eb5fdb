using Webstream.Gateway.Limits;
using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>
/// Counts refusals of callers that sent a wrong key. An address that sends too many is asked to come later, and hears no more which key is wrong.
/// A right key is let in all the same: whoever shares the address with somebody who guesses is not locked out.
/// </summary>
internal sealed class WrongKeys(CallerLimits limits, WrongKeyLog log)
{
    /// <summary>A caller is refused.</summary>
    /// <returns>What it is told.</returns>
    public WebstreamException Told(Caller caller, WebstreamException refusal)
    {
        if (caller.KeyState is not (KeyState.Wrong or KeyState.WrongNamed))
        {
            return refusal;
        }

        log.Add(caller.Address);
        return limits.TakeWrongKey(caller) ?? refusal;
    }
}
