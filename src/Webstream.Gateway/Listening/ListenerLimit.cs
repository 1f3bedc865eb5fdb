using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>The places for listeners on this gateway, if they are limited.</summary>
internal sealed class ListenerLimit(IOptions<ListenerOptions> options)
{
    private int taken;

    /// <summary>How many places are taken.</summary>
    public int Taken => Volatile.Read(ref taken);

    public bool TryTake()
    {
        // Never above the limit, not even for a moment: a browser that is refused wrongly does not come back.
        var max = options.Value.Max;
        for (var seen = Volatile.Read(ref taken); max == 0 || seen < max;)
        {
            var now = Interlocked.CompareExchange(ref taken, seen + 1, seen);
            if (now == seen)
            {
                return true;
            }

            seen = now;
        }

        return false;
    }

    public void GiveBack() => Interlocked.Decrement(ref taken);
}
