namespace Webstream.Gateway.Idle;

/// <summary>Knows for how long nobody has used the gateway.</summary>
internal sealed class IdleClock(TimeProvider time)
{
    private long last = time.GetTimestamp();
    private int holders;

    /// <summary>For how long nobody has used the gateway; zero while there is a hold.</summary>
    public TimeSpan Idle => Volatile.Read(ref holders) > 0 ? TimeSpan.Zero : time.GetElapsedTime(Volatile.Read(ref last));

    /// <summary>Somebody used the gateway just now.</summary>
    public void Touch() => Volatile.Write(ref last, time.GetTimestamp());

    /// <summary>Somebody uses the gateway until the hold is disposed.</summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref holders);
        return new Holder(this);
    }

    private sealed class Holder(IdleClock clock) : IDisposable
    {
        private IdleClock? held = clock;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref held, null) is { } left)
            {
                // Before the number falls: otherwise the gateway would for a moment look as idle as when this holder came.
                left.Touch();
                Interlocked.Decrement(ref left.holders);
            }
        }
    }
}
