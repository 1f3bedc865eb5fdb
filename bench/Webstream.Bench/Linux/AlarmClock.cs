using System.Runtime.InteropServices;

namespace Webstream.Bench.Linux;

/// <summary>
/// A descriptor that becomes readable at a given <see cref="System.Diagnostics.Stopwatch"/> time. The timeout of
/// <c>epoll_wait</c> counts in whole milliseconds, which is as long as the latencies to be measured.
/// </summary>
internal sealed partial class AlarmClock : IDisposable
{
    private const int Monotonic = 1;
    private const int AbsoluteTime = 1;
    private const int NonBlockingCloseOnExec = 0x80800;
    private const long Nanoseconds = 1_000_000_000;

    public AlarmClock()
    {
        // On Linux a Stopwatch tick is a nanosecond of CLOCK_MONOTONIC, the clock that timerfd is given here.
        Descriptor = timerfd_create(Monotonic, NonBlockingCloseOnExec);
        if (Descriptor < 0)
        {
            throw new IOException($"timerfd_create: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public int Descriptor { get; }

    /// <summary>Rings once at that time, or at once when the time has passed. A further call replaces the last setting.</summary>
    public void Set(long ticks)
    {
        var value = new Setting { Seconds = (nint)(ticks / Nanoseconds), Fraction = (nint)(ticks % Nanoseconds) };
        if (timerfd_settime(Descriptor, AbsoluteTime, in value, 0) < 0)
        {
            throw new IOException($"timerfd_settime: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Acknowledges the ringing, so that the descriptor is no longer readable.</summary>
    public void Silence() => _ = read(Descriptor, out _, sizeof(ulong));

    public void Dispose() => TcpSocket.Close(Descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int timerfd_create(int clock, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int timerfd_settime(int descriptor, int flags, in Setting value, nint old);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int descriptor, out ulong expirations, nuint size);

    [StructLayout(LayoutKind.Sequential)]
    private struct Setting
    {
        public nint IntervalSeconds;
        public nint IntervalFraction;
        public nint Seconds;
        public nint Fraction;
    }
}
