using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Webstream.Bench.Linux;

/// <summary>
/// TCP sockets as bare descriptors. Fifteen thousand <see cref="System.Net.Sockets.Socket"/> objects would work, but their asynchronous
/// operations cost more than the operations to be measured. Results below zero are <c>-errno</c>.
/// </summary>
internal static partial class TcpSocket
{
    public const int InProgress = 115;
    public const int WouldBlock = 11;
    public const int Interrupted = 4;
    public const int NotConnected = 107;

    private const int AddressFamilyInet = 2;
    private const int StreamType = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;
    private const int NoSignal = 0x4000;
    private const int DontWait = 0x40;
    private const int LevelSocket = 1;
    private const int SendBuffer = 7;
    private const int ReceiveBuffer = 8;
    private const int Linger = 13;
    private const int LevelIp = 0;
    private const int BindAddressNoPort = 24;
    private const int LevelTcp = 6;
    private const int NoDelay = 1;

    /// <summary>Opens a socket. With <paramref name="waitForConnect"/>, <see cref="Connect"/> is a blocking call, and no other call is.</summary>
    public static int Open(bool waitForConnect)
    {
        var descriptor = socket(AddressFamilyInet, StreamType | CloseOnExec | (waitForConnect ? 0 : NonBlocking), 0);
        if (descriptor < 0)
        {
            return -Marshal.GetLastPInvokeError();
        }

        var on = 1;
        _ = setsockopt(descriptor, LevelTcp, NoDelay, in on, sizeof(int));
        return descriptor;
    }

    /// <summary>Chooses the address to connect from, and leaves the port to <see cref="Connect"/>.</summary>
    public static int Bind(int descriptor, IPAddress source)
    {
        var on = 1;
        _ = setsockopt(descriptor, LevelIp, BindAddressNoPort, in on, sizeof(int));
        Span<byte> address = stackalloc byte[16];
        Write(new IPEndPoint(source, 0), address);
        return bind(descriptor, in address[0], address.Length) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    /// <summary>Lets the kernel hold as few unread bytes as it can. To be called before <see cref="Connect"/>.</summary>
    public static void ShrinkReceiveBuffer(int descriptor)
    {
        var size = 4096;
        _ = setsockopt(descriptor, LevelSocket, ReceiveBuffer, in size, sizeof(int));
    }

    /// <summary>Lets the kernel take only few bytes that the other side has not read. To be called before <see cref="Connect"/>.</summary>
    public static void ShrinkSendBuffer(int descriptor)
    {
        var size = 32 * 1024;
        _ = setsockopt(descriptor, LevelSocket, SendBuffer, in size, sizeof(int));
    }

    /// <summary>Makes the close a reset, which leaves no state on either side.</summary>
    public static void ResetOnClose(int descriptor)
    {
        ReadOnlySpan<int> onAtOnce = [1, 0];
        _ = setsockopt(descriptor, LevelSocket, Linger, in onAtOnce[0], 2 * sizeof(int));
    }

    public static int Connect(int descriptor, IPEndPoint target)
    {
        Span<byte> address = stackalloc byte[16];
        Write(target, address);
        return connect(descriptor, in address[0], address.Length) < 0 ? -Marshal.GetLastPInvokeError() : 0;
    }

    public static int Receive(int descriptor, Span<byte> buffer)
    {
        var count = (int)recv(descriptor, ref MemoryMarshal.GetReference(buffer), (nuint)buffer.Length, DontWait);
        return count < 0 ? -Marshal.GetLastPInvokeError() : count;
    }

    public static int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        var count = (int)send(descriptor, in MemoryMarshal.GetReference(bytes), (nuint)bytes.Length, NoSignal | DontWait);
        return count < 0 ? -Marshal.GetLastPInvokeError() : count;
    }

    public static void Close(int descriptor) => _ = close(descriptor);

    /// <summary>The system's error message for a result below zero.</summary>
    public static string Describe(int result) => Marshal.GetPInvokeErrorMessage(-result);

    private static void Write(IPEndPoint endPoint, Span<byte> address)
    {
        address.Clear();
        MemoryMarshal.Write(address, (ushort)AddressFamilyInet);
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], (ushort)endPoint.Port);
        endPoint.Address.TryWriteBytes(address[4..8], out _);
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int setsockopt(int descriptor, int level, int name, in int value, int size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int bind(int descriptor, in byte address, int size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, in byte address, int size);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint recv(int descriptor, ref byte buffer, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int descriptor, in byte buffer, nuint size, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
}
