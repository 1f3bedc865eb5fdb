using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Grains;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>The hubs of this gateway: made when somebody needs one, gone a while after nobody does.</summary>
internal sealed partial class StreamRegistry(
    StreamGrains grains,
    IStreamFeed feed,
    GatewayIdentity gateway,
    FanOutShards fanOut,
    FrameMemory memory,
    StreamTroubles troubles,
    IOptions<HubOptions> options,
    IOptions<ListenerOptions> listeners,
    IOptions<PresenceOptions> presence,
    ClusterConnection connection,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<StreamRegistry> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<StreamName, Entry> entries = new();
    private readonly StreamStarts starts = new(time);
    private readonly StreamStarts ends = new(time);

    /// <summary>The listeners of all streams on this gateway.</summary>
    public int Listeners => entries.Values.Sum(entry => entry.Hub.Clients);

    /// <summary>How often the hubs were looked after; tests that move the clock wait for it.</summary>
    public int Ticks { get; private set; }

    /// <summary>Takes the hub of a stream for as long as the lease is not disposed. A new one waits until there is room for it.</summary>
    /// <exception cref="OperationCanceledException">The caller does not want it any more.</exception>
    public async ValueTask<StreamLease> TakeAsync(StreamName stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (!entries.TryGetValue(stream, out var entry))
            {
                entry = await AddAsync(stream, cancellationToken);
            }

            if (entry.TryTake(out var isFirst))
            {
                if (isFirst)
                {
                    _ = StartAsync(entry.Hub);
                }

                return new(entry, time);
            }

            // It is being closed: the next one comes when it is out of the way.
            entries.TryRemove(new(stream, entry));
        }
    }

    /// <summary>The hub of a stream, if somebody needs it now.</summary>
    public GatewayStream? Find(StreamName stream) => entries.TryGetValue(stream, out var entry) ? entry.Hub : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        connection.Recovered += () => _ = RenewAsync();
        using var givingWay = new GivingWay(memory, () => entries.Values, entry => Close(entry, TimeSpan.Zero), time);
        memory.GiveWay = givingWay.RunSoon;
        metrics.ShowStreams(() => entries
            .Select(entry => (entry.Key, entry.Value.Hub.LastAnswer!))
            .Where(entry => entry.Item2 is not null));
        var keepalive = listeners.Value.Keepalive;
        var lastKeepalive = time.GetTimestamp();
        using var timer = new PeriodicTimer(Tick, time);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            fanOut.Sweep();
            // Ticks come a little early or late: the nearest one is meant, not the first one past.
            var due = time.GetElapsedTime(lastKeepalive) >= keepalive - (Tick / 2);
            lastKeepalive = due ? time.GetTimestamp() : lastKeepalive;
            foreach (var entry in entries.Values)
            {
                if (due)
                {
                    entry.Hub.Keepalive();
                }

                entry.Hub.Weigh();
                Close(entry, options.Value.Linger);
            }

            givingWay.Run();
            Ticks++;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // The cluster hears from each hub that its listeners are gone, instead of waiting for the leases.
        await Task.WhenAll(entries.Values.Select(entry => StopAsync(entry, close: true))).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public override void Dispose()
    {
        starts.Dispose();
        ends.Dispose();
        base.Dispose();
    }

    private async Task<Entry> AddAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var charge = memory.Frames.ChargeFor(default);
        await memory.HoldHubAsync(charge, cancellationToken);
        var made = new Entry(stream, MakeHub(stream), charge);
        var entry = entries.GetOrAdd(stream, made);
        if (entry != made)
        {
            charge.Dispose();
        }

        return entry;
    }

    private async Task RenewAsync()
    {
        try
        {
            await Task.WhenAll(entries.Values.Select(entry => starts.InTurnAsync(entry.Hub.RenewAsync)));
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    private void Close(Entry entry, TimeSpan linger)
    {
        if (entry.TryClose(time, linger))
        {
            entries.TryRemove(new(entry.Stream, entry));
            _ = StopAsync(entry, close: false);
        }
    }

    private GatewayStream MakeHub(StreamName stream) => new(
        stream, grains.Of(stream), feed, gateway, fanOut, memory, troubles,
        options.Value, presence.Value.ReportInterval, metrics, time, logger);

    private async Task StartAsync(GatewayStream hub)
    {
        try
        {
            await starts.InTurnAsync(async () =>
            {
                await hub.StartAsync();
                await hub.FirstAnswer;
            });
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    private async Task StopAsync(Entry entry, bool close)
    {
        try
        {
            if (close)
            {
                entry.Hub.Close();
            }

            await ends.InTurnAsync(async () => await entry.Hub.DisposeAsync());
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
        finally
        {
            entry.Charge.Dispose();
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A hub could not be started or stopped")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    /// <summary>A hub and how many need it.</summary>
    internal sealed class Entry(StreamName stream, GatewayStream hub, MemoryCharge charge)
    {
        private readonly Lock gate = new();
        private int users;
        private bool started;
        private bool closed;
        private long idleSince;

        public StreamName Stream { get; } = stream;

        public GatewayStream Hub { get; } = hub;

        /// <summary>What it weighs besides its logs.</summary>
        public MemoryCharge Charge { get; } = charge;

        /// <summary>Nobody needs it now.</summary>
        public bool IsIdle => Volatile.Read(ref users) == 0;

        /// <summary>Since when, in the clock's own measure.</summary>
        public long IdleSince => Volatile.Read(ref idleSince);

        public bool TryTake(out bool isFirst)
        {
            lock (gate)
            {
                isFirst = !started;
                started |= !closed;
                users += closed ? 0 : 1;
                return !closed;
            }
        }

        public void GiveBack(TimeProvider time)
        {
            lock (gate)
            {
                users--;
                idleSince = time.GetTimestamp();
            }
        }

        public bool TryClose(TimeProvider time, TimeSpan linger)
        {
            lock (gate)
            {
                if (closed || !started || users > 0 || time.GetElapsedTime(idleSince) < linger)
                {
                    return false;
                }

                Hub.Close();
                return closed = true;
            }
        }
    }
}

/// <summary>The use of a hub; disposing gives it back.</summary>
internal sealed class StreamLease(StreamRegistry.Entry entry, TimeProvider time) : IDisposable
{
    private int disposed;

    public GatewayStream Hub => entry.Hub;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            entry.GiveBack(time);
        }
    }
}
