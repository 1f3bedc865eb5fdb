using Webstream.Bench.Measuring;

namespace Webstream.Bench.Abuse;

/// <summary>Samples the server's memory ten times a second, and notices when the process ends.</summary>
internal sealed class MemoryWatch : IDisposable
{
    private readonly ServerProcess _server;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private long _now;
    private long _peak;
    private volatile bool _ended;

    public MemoryWatch(ServerProcess server)
    {
        _server = server;
        _now = _peak = server.Read().ResidentBytes;
        _thread = new Thread(Run) { Name = "memory", IsBackground = true };
        _thread.Start();
    }

    /// <summary>The last sample, in bytes.</summary>
    public long Now => Volatile.Read(ref _now);

    /// <summary>The most so far, in bytes.</summary>
    public long Peak => Volatile.Read(ref _peak);

    /// <summary>Whether the process is gone.</summary>
    public bool HasEnded => _ended;

    public void Dispose()
    {
        _end.Set();
        _thread.Join();
        _end.Dispose();
    }

    private void Run()
    {
        try
        {
            while (!_end.Wait(TimeSpan.FromMilliseconds(100)))
            {
                Volatile.Write(ref _now, _server.Read().ResidentBytes);
                Volatile.Write(ref _peak, Math.Max(_peak, _now));
            }
        }
        catch (UsageException)
        {
            _ended = true;
        }
    }
}
