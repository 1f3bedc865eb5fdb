using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Ends the listeners of a gateway that shuts down in waves, so that they do not all come to the other gateways at once.
/// </summary>
internal sealed class DrainWaves
{
    /// <summary>How many waves there are.</summary>
    public const int Count = 10;

    private readonly CancellationTokenSource[] waves = [.. Enumerable.Range(0, Count).Select(_ => new CancellationTokenSource())];
    private readonly TimeSpan drainTime;
    private readonly TimeProvider time;
    private uint next;

    public DrainWaves(IHostApplicationLifetime lifetime, ListenerPlaces places, IOptions<ListenerOptions> options, TimeProvider time)
    {
        (drainTime, this.time) = (options.Value.DrainTime, time);
        lifetime.ApplicationStopping.Register(() =>
        {
            Listeners = places.Taken;
            _ = RunAsync();
        });
    }

    /// <summary>How many listeners there were when the shutdown began.</summary>
    public int Listeners { get; private set; }

    /// <summary>The wave of the next listener: cancelled when it shall end.</summary>
    public CancellationToken Join() => waves[Interlocked.Increment(ref next) % Count].Token;

    private async Task RunAsync()
    {
        foreach (var wave in waves)
        {
            await wave.CancelAsync();
            await Task.Delay(drainTime / Count, time);
        }
    }
}
