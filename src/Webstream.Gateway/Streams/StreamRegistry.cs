using System.Collections.Concurrent;
using Webstream.Gateway.Memory;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// The streams that this gateway knows. A push or a read needs only the owner, which is forgotten when it is idle. The stream itself is
/// made when a listener or a waiting reader takes it. It ends a while after the last of them has given it back.
/// </summary>
internal sealed partial class StreamRegistry(
    IGrainFactory grains, GatewayStreamFactory factory, FrameMemory memory, TimeProvider time, ILogger<StreamRegistry> logger) : IDisposable
{
    /// <summary>How many owners are kept besides those of streams that are here. It is bounded because any pusher can name new streams.</summary>
    public const int MaxOwners = 10_000;

    /// <summary>How long an unused owner is kept. Making its reference again costs a twentieth of a push.</summary>
    public static readonly TimeSpan OwnerLinger = TimeSpan.FromMinutes(1);

    // How many owners are forgotten in one go, so that the search for them is rare.
    private const int MaxForgotten = MaxOwners / 4;

    private readonly ConcurrentDictionary<StreamName, StreamEntry> entries = new();
    private readonly StreamStarts starts = new(time);
    private readonly StreamStarts ends = new(time);
    private readonly Lock forgetting = new();
    private int owners;
    private int forgetAt = MaxOwners;

    /// <summary>A push through this gateway has brought a stream's first message.</summary>
    public event Action<StreamName>? Began;

    /// <summary>The listeners of all streams on this gateway.</summary>
    public int Listeners => Here.Sum(entry => entry.Stream!.Listeners);

    /// <summary>The entries of streams that are on this gateway.</summary>
    public IEnumerable<StreamEntry> Here => entries.Select(entry => entry.Value).Where(entry => entry.Stream is not null);

    /// <summary>The owner of a stream.</summary>
    public StreamOwner OwnerOf(StreamName stream) => EntryOf(stream).Owner;

    /// <summary>Takes pushes to the owner of a stream.</summary>
    public PushBatcher PushesTo(StreamName stream) => EntryOf(stream).Pushes;

    /// <summary>The owner of a stream, if it is known here.</summary>
    public StreamOwner? FindOwner(StreamName stream) => entries.TryGetValue(stream, out var entry) ? entry.Owner : null;

    /// <summary>A stream, if it is on this gateway now.</summary>
    public GatewayStream? Find(StreamName stream) => entries.TryGetValue(stream, out var entry) ? entry.Stream : null;

    /// <summary>Takes a stream until the lease is disposed. For a stream that is not here yet, it waits until there is memory.</summary>
    /// <exception cref="OperationCanceledException">The caller does not want it any more.</exception>
    public async ValueTask<StreamLease> TakeAsync(StreamName stream, CancellationToken cancellationToken)
    {
        MemoryCharge? charge = null;
        try
        {
            while (true)
            {
                var entry = EntryOf(stream);
                if (entry.Stream is null && charge is null)
                {
                    charge = memory.Frames.ChargeFor(default);
                    await memory.HoldStreamAsync(charge, cancellationToken);
                }

                if (charge is not null && entry.TryOpen(factory, charge))
                {
                    charge = null;
                    Interlocked.Decrement(ref owners);
                }

                if (entry.TryTake(out var isFirst))
                {
                    if (isFirst)
                    {
                        _ = StartAsync(entry.Stream!);
                    }

                    return new(entry, time);
                }

                // The entry is being closed. The next round makes a new entry.
                entries.TryRemove(new(stream, entry));
            }
        }
        finally
        {
            charge?.Dispose();
        }
    }

    /// <summary>Subscribes and reports every stream here again, after the cluster was away.</summary>
    public async Task RenewAsync()
    {
        try
        {
            await Task.WhenAll(Here.Select(entry => starts.InTurnAsync(entry.Stream!.RenewAsync)));
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    /// <summary>Closes a stream that nobody has needed for a while.</summary>
    public void Close(StreamEntry entry, TimeSpan linger)
    {
        if (entry.TryClose(time, linger))
        {
            entries.TryRemove(new(entry.Owner.Name, entry));
            _ = EndAsync(entry);
        }
    }

    /// <summary>Forgets the owners that have not been used for a while.</summary>
    public void ForgetIdle()
    {
        foreach (var (_, entry) in entries)
        {
            if (entry.Stream is null && time.GetElapsedTime(entry.LastUsed) >= OwnerLinger)
            {
                Forget(entry);
            }
        }
    }

    /// <summary>Ends every stream. The owners hear that the listeners are gone, and need not wait until the leases run out.</summary>
    public Task EndAllAsync() => Task.WhenAll(Here.Select(entry =>
    {
        entry.Stream!.Close();
        return EndAsync(entry);
    }));

    /// <inheritdoc/>
    public void Dispose()
    {
        starts.Dispose();
        ends.Dispose();
    }

    private StreamEntry EntryOf(StreamName stream)
    {
        if (!entries.TryGetValue(stream, out var entry))
        {
            entry = Add(stream);
        }

        entry.LastUsed = time.GetTimestamp();
        return entry;
    }

    private StreamEntry Add(StreamName stream)
    {
        if (Volatile.Read(ref owners) >= Volatile.Read(ref forgetAt))
        {
            ForgetLongestUnused();
        }

        var made = new StreamEntry(new(stream, grains.GetGrain<IStreamGrain>(stream.Value), name => Began?.Invoke(name))) { LastUsed = time.GetTimestamp() };
        var entry = entries.GetOrAdd(stream, made);
        if (entry == made)
        {
            Interlocked.Increment(ref owners);
        }

        return entry;
    }

    private void ForgetLongestUnused()
    {
        lock (forgetting)
        {
            if (owners < forgetAt)
            {
                return;
            }

            var longestUnused = entries.Select(entry => entry.Value).Where(entry => entry.Stream is null).OrderBy(entry => entry.LastUsed);
            foreach (var entry in longestUnused.TakeWhile(_ => owners > MaxOwners - MaxForgotten))
            {
                Forget(entry);
            }

            // Owners with a call under way stay. When these alone exceed the limit, the next search is only worth it once there are others again.
            forgetAt = owners < MaxOwners ? MaxOwners : owners + MaxForgotten;
        }
    }

    private void Forget(StreamEntry entry)
    {
        if (entry.TryForget())
        {
            Interlocked.Decrement(ref owners);
            entries.TryRemove(new(entry.Owner.Name, entry));
        }
    }

    private async Task StartAsync(GatewayStream stream)
    {
        try
        {
            await starts.InTurnAsync(async () =>
            {
                await stream.StartAsync();
                await stream.FirstAnswer;
            });
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    private async Task EndAsync(StreamEntry entry)
    {
        try
        {
            await ends.InTurnAsync(entry.EndAsync);
        }
        catch (Exception failure)
        {
            LogFailed(logger, failure);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "A stream could not be started or ended")]
    private static partial void LogFailed(ILogger logger, Exception failure);
}
