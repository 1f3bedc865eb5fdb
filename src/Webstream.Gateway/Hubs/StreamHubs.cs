using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Cluster;
using Webstream.Gateway.FanOut;
using Webstream.Grains;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Gateway.Hubs;

/// <summary>The hubs of this gateway: made when somebody needs one, gone a while after nobody does.</summary>
internal sealed partial class StreamHubs(
    StreamGrains grains,
    IStreamFeed feed,
    GatewayIdentity gateway,
    FanOutShards fanOut,
    IOptions<HubOptions> options,
    IOptions<ListenerOptions> listeners,
    IOptions<PresenceOptions> presence,
    ClusterConnection connection,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<StreamHubs> logger) : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<StreamName, Entry> entries = new();

    /// <summary>The listeners of all streams on this gateway.</summary>
    public int Listeners => entries.Values.Sum(entry => entry.Hub.Clients);

    /// <summary>How often the hubs were looked after; tests that move the clock wait for it.</summary>
    public int Ticks { get; private set; }

    /// <summary>Takes the hub of a stream for as long as the lease is not disposed.</summary>
    public HubLease Take(StreamName stream)
    {
        while (true)
        {
            var entry = entries.GetOrAdd(stream, name => new(MakeHub(name)));
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
    public StreamHub? Find(StreamName stream) => entries.TryGetValue(stream, out var entry) ? entry.Hub : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        connection.Recovered += Renew;
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
            foreach (var (name, entry) in entries)
            {
                if (due)
                {
                    entry.Hub.Keepalive();
                }

                if (entry.TryClose(time, options.Value.Linger))
                {
                    entries.TryRemove(new(name, entry));
                    _ = StopAsync(entry.Hub, close: false);
                }
            }

            Ticks++;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        // The cluster hears from each hub that its listeners are gone, instead of waiting for the leases.
        await Task.WhenAll(entries.Values.Select(entry => StopAsync(entry.Hub, close: true))).WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void Renew()
    {
        foreach (var entry in entries.Values)
        {
            entry.Hub.Renew();
        }
    }

    private StreamHub MakeHub(StreamName stream) => new(
        stream, grains.Of(stream), feed, gateway, fanOut,
        options.Value, presence.Value.ReportInterval, metrics, time, logger);

    private async Task StartAsync(StreamHub hub)
    {
        try
        {
            await hub.StartAsync();
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    private async Task StopAsync(StreamHub hub, bool close)
    {
        try
        {
            if (close)
            {
                hub.Close();
            }

            await hub.DisposeAsync();
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A hub could not be started or stopped")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    /// <summary>A hub and how many need it.</summary>
    internal sealed class Entry(StreamHub hub)
    {
        private readonly Lock gate = new();
        private int users;
        private bool started;
        private bool closed;
        private long idleSince;

        public StreamHub Hub { get; } = hub;

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
internal sealed class HubLease(StreamHubs.Entry entry, TimeProvider time) : IDisposable
{
    private int disposed;

    public StreamHub Hub => entry.Hub;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            entry.GiveBack(time);
        }
    }
}
