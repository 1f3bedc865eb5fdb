using Webstream.Gateway.Memory;

namespace Webstream.Gateway.Streams;

/// <summary>A stream in the registry: its owner, and the stream itself as long as it is needed here. A closed entry is not opened again.</summary>
internal sealed class StreamEntry(StreamOwner owner)
{
    private readonly Lock gate = new();
    private MemoryCharge? charge;
    private int users;
    private bool started;
    private bool closed;
    private long idleSince;
    private long lastUsed;

    /// <summary>The stream's owner.</summary>
    public StreamOwner Owner => owner;

    /// <summary>Brings pushes to the owner.</summary>
    public PushBatcher Pushes { get; } = new(owner);

    /// <summary>The stream on this gateway; none until a caller needs it.</summary>
    public GatewayStream? Stream { get; private set; }

    /// <summary>Nobody needs the stream now.</summary>
    public bool IsIdle => Volatile.Read(ref users) == 0;

    /// <summary>Since when nobody has needed the stream, in the clock's own measure.</summary>
    public long IdleSince => Volatile.Read(ref idleSince);

    /// <summary>When a caller last asked for the entry, in the clock's own measure.</summary>
    public long LastUsed
    {
        get => Volatile.Read(ref lastUsed);
        set => Volatile.Write(ref lastUsed, value);
    }

    /// <summary>Makes the stream, unless it is there already or the entry is closed.</summary>
    /// <param name="factory">Makes it.</param>
    /// <param name="charge">The charge for the stream without its frames; the entry owns it once the stream is made.</param>
    public bool TryOpen(GatewayStreamFactory factory, MemoryCharge charge)
    {
        lock (gate)
        {
            if (closed || Stream is not null)
            {
                return false;
            }

            this.charge = charge;
            Stream = factory.Make(owner);
            return true;
        }
    }

    /// <summary>Adds a user of the stream, unless the entry is closed or has no stream.</summary>
    /// <param name="isFirst">This is the first user: the caller must start the stream.</param>
    public bool TryTake(out bool isFirst)
    {
        lock (gate)
        {
            isFirst = false;
            if (closed || Stream is null)
            {
                return false;
            }

            isFirst = !started;
            started = true;
            users++;
            return true;
        }
    }

    /// <summary>Removes a user of the stream.</summary>
    public void GiveBack(TimeProvider time)
    {
        lock (gate)
        {
            users--;
            idleSince = time.GetTimestamp();
        }
    }

    /// <summary>Closes the stream for good if nobody has needed it for a while.</summary>
    public bool TryClose(TimeProvider time, TimeSpan linger)
    {
        lock (gate)
        {
            if (closed || !started || users > 0 || time.GetElapsedTime(idleSince) < linger)
            {
                return false;
            }

            Stream!.Close();
            closed = true;
            return true;
        }
    }

    /// <summary>Closes an entry that has no stream and no call to its owner under way.</summary>
    public bool TryForget()
    {
        lock (gate)
        {
            if (closed || Stream is not null || owner.IsAsked)
            {
                return false;
            }

            closed = true;
            return true;
        }
    }

    /// <summary>Ends the stream, and gives its charge back.</summary>
    public async Task EndAsync()
    {
        try
        {
            await (Stream?.DisposeAsync() ?? default);
        }
        finally
        {
            charge?.Dispose();
        }
    }
}
