using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Ends the listeners of a gateway that shuts down in waves, so that they do not all come to the other gateways at once.
/// </summary>
internal sealed class DrainWaves : IHostedService
{
    /// <summary>How many waves there are.</summary>
    public const int Count = 10;

    private const int LongestRetryMilliseconds = 15_000;
    private const int ShortestRetryMilliseconds = 1_000;
    private const int MillisecondsForEach = 10;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource[] waves = [.. Enumerable.Range(0, Count).Select(_ => new CancellationTokenSource())];
    private readonly ListenerLimit places;
    private readonly TimeSpan drainTime;
    private readonly TimeProvider time;
    private readonly CancellationToken stopping;
    private int listeners;
    private uint next;

    public DrainWaves(IHostApplicationLifetime lifetime, ListenerLimit places, IOptions<ListenerOptions> options, TimeProvider time)
    {
        (this.places, drainTime, this.time) = (places, options.Value.DrainTime, time);
        stopping = lifetime.ApplicationStopping;
        stopping.Register(() =>
        {
            listeners = places.Taken;
            _ = RunAsync();
        });
    }

    /// <summary>The gateway shuts down: a listener that came now would only be sent away again.</summary>
    public bool HaveBegun => stopping.IsCancellationRequested;

    /// <summary>The wave of the next listener: cancelled when the listener shall end.</summary>
    public CancellationToken Join() => waves[Interlocked.Increment(ref next) % Count].Token;

    /// <summary>The last block for a listener: when to reconnect. A few can come back at once without harm; many must be spread.</summary>
    public byte[] Farewell()
    {
        var longest = Math.Clamp(MillisecondsForEach * listeners, 2 * ShortestRetryMilliseconds, LongestRetryMilliseconds);
        return Encoding.ASCII.GetBytes($"retry: {RandomNumberGenerator.GetInt32(ShortestRetryMilliseconds, longest)}\n\n");
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits for the last listener. The web server does not know the listeners whose sockets it has handed over.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        while (places.Taken > 0 && !cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(LookAgain, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunAsync()
    {
        foreach (var wave in waves)
        {
            await wave.CancelAsync();
            await Task.Delay(drainTime / Count, time);
        }
    }
}
