using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>The places for listeners on this gateway, if they are limited.</summary>
internal sealed class ListenerPlaces(IOptions<ListenerOptions> options)
{
    private int taken;

    public bool TryTake()
    {
        var max = options.Value.Max;
        if (Interlocked.Increment(ref taken) <= max || max == 0)
        {
            return true;
        }

        Interlocked.Decrement(ref taken);
        return false;
    }

    public void GiveBack() => Interlocked.Decrement(ref taken);
}
