using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Limits;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>The places for listeners on this gateway: of all, and of each caller, as far as they are limited.</summary>
internal sealed class ListenerLimit(IOptions<ListenerOptions> options, CallerLimits callers)
{
    private int taken;

    /// <summary>How many places are taken.</summary>
    public int Taken => Volatile.Read(ref taken);

    /// <summary>Takes a place.</summary>
    /// <param name="caller">Who listens.</param>
    /// <param name="place">The place. It is given back by disposing it.</param>
    /// <returns>Why there is none.</returns>
    public WebstreamException? Take(ILimitedCaller caller, out ListenerPlace? place)
    {
        place = null;
        if (!TryTake())
        {
            return new(WebstreamError.Unavailable, "This gateway has as many listeners as Webstream__Listeners__Max allows. Try another one, or later.");
        }

        if (callers.TakeListener(caller, out var ofCaller) is { } refusal)
        {
            GiveBack();
            return refusal;
        }

        place = new(this, ofCaller);
        return null;
    }

    internal bool TryTake()
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

    internal void GiveBack() => Interlocked.Decrement(ref taken);
}

/// <summary>A listener's place. Disposed once.</summary>
internal sealed class ListenerPlace(ListenerLimit places, IDisposable? ofCaller) : IDisposable
{
    public void Dispose()
    {
        ofCaller?.Dispose();
        places.GiveBack();
    }
}
