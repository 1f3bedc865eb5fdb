using System.Runtime.InteropServices;

namespace Webstream.Bench.Linux;

/// <summary>Waits for many descriptors at once; used by one thread.</summary>
internal sealed partial class Epoll : IDisposable
{
    public const uint Readable = 0x1;
    public const uint Writable = 0x4;
    public const uint Error = 0x8;
    public const uint HangUp = 0x10;
    public const uint PeerClosed = 0x2000;
    public const uint EdgeTriggered = 0x80000000;

    private const int OperationAdd = 1;
    private const int OperationModify = 3;
    private const int Capacity = 512;

    // The kernel packs struct epoll_event on x86-64 and on no other 64-bit machine.
    private static readonly int DataOffset = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 4 : 8;
    private static readonly int Stride = DataOffset + sizeof(long);

    private readonly int _descriptor;
    private readonly byte[] _events = new byte[Capacity * Stride];

    public Epoll()
    {
        _descriptor = epoll_create1(0x80000);
        if (_descriptor < 0)
        {
            throw new IOException($"epoll_create1: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public void Add(int descriptor, uint events, long token) => Control(OperationAdd, descriptor, events, token);

    public void Modify(int descriptor, uint events, long token) => Control(OperationModify, descriptor, events, token);

    /// <summary>How many descriptors are ready; 0 when the time passed.</summary>
    public int Wait(int milliseconds)
    {
        var count = epoll_wait(_descriptor, ref _events[0], Capacity, milliseconds);
        if (count >= 0)
        {
            return count;
        }

        return Marshal.GetLastPInvokeError() == TcpSocket.Interrupted
            ? 0
            : throw new IOException($"epoll_wait: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    public uint Events(int index) => MemoryMarshal.Read<uint>(_events.AsSpan(index * Stride));

    public long Token(int index) => MemoryMarshal.Read<long>(_events.AsSpan((index * Stride) + DataOffset));

    public void Dispose() => TcpSocket.Close(_descriptor);

    private void Control(int operation, int descriptor, uint events, long token)
    {
        Span<byte> entry = stackalloc byte[16];
        MemoryMarshal.Write(entry, events);
        MemoryMarshal.Write(entry[DataOffset..], token);
        if (epoll_ctl(_descriptor, operation, descriptor, in entry[0]) < 0)
        {
            throw new IOException($"epoll_ctl: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_create1(int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_ctl(int epoll, int operation, int descriptor, in byte entry);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int epoll_wait(int epoll, ref byte events, int capacity, int milliseconds);
}
