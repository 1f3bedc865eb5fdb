namespace Webstream.Gateway.Streams;

/// <summary>The use of a stream on this gateway; disposing gives it back.</summary>
internal sealed class StreamLease(StreamEntry entry, TimeProvider time) : IDisposable
{
    private int disposed;

    /// <summary>The stream.</summary>
    public GatewayStream Stream { get; } = entry.Stream!;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0)
        {
            entry.GiveBack(time);
        }
    }
}
