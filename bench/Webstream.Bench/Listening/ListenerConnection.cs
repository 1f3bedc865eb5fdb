using Webstream.Bench.Http;

namespace Webstream.Bench.Listening;

/// <summary>The state of one listener between two reads.</summary>
internal struct ListenerConnection
{
    public int Descriptor;
    public Phase Now;
    public Pace Pace;
    public bool Chunked;
    public ChunkedBody Chunks;

    /// <summary>The bytes that need the next read to be parsed; null for nearly all listeners, nearly always.</summary>
    public byte[]? Carry;
    public int CarryLength;
    public long OpenedAt;

    internal enum Phase : byte
    {
        Closed,
        Connecting,
        Head,
        Greeting,
        Live,
    }

    public void Keep(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 0 && (Carry is null || Carry.Length < bytes.Length))
        {
            Carry = new byte[Math.Max(bytes.Length, Marker.MaxLength)];
        }

        bytes.CopyTo(Carry);
        CarryLength = bytes.Length;
    }
}
