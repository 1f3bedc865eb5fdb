using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Streams;

/// <summary>Looks after this gateway's streams once a second: keepalives, slow listeners, memory, and what nobody needs any more.</summary>
internal sealed class StreamUpkeep(
    StreamRegistry streams,
    FanOutShards fanOut,
    FrameMemory memory,
    IOptions<HubOptions> options,
    IOptions<ListenerOptions> listeners,
    ClusterConnection connection,
    TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>How often the streams were looked after; tests that move the clock wait for it.</summary>
    public int Ticks { get; private set; }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await streams.EndAllAsync().WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        connection.Recovered += () => _ = streams.RenewAsync();
        using var givingWay = new GivingWay(memory, () => streams.Here, entry => streams.Close(entry, TimeSpan.Zero), time);
        memory.GiveWay = givingWay.RunSoon;
        var keepalive = listeners.Value.Keepalive;
        var lastKeepalive = time.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            fanOut.Sweep();
            // Ticks come a little early or late. The keepalive goes out at the tick nearest to its time, not at the first tick after it.
            var due = time.GetElapsedTime(lastKeepalive) >= keepalive - (Tick / 2);
            lastKeepalive = due ? time.GetTimestamp() : lastKeepalive;
            foreach (var entry in streams.Here)
            {
                if (due)
                {
                    entry.Stream!.Keepalive();
                }

                entry.Stream!.Frames.Weigh();
                streams.Close(entry, options.Value.Linger);
            }

            streams.ForgetIdle();
            givingWay.Run();
            Ticks++;
        }
    }
}
