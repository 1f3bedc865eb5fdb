using System.Diagnostics;
using Webstream.Bench.Linux;
using static Webstream.Bench.Listening.ListenerConnection;

namespace Webstream.Bench.Listening;

/// <summary>
/// The listeners of a thread that read slowly or never. Their bytes are thrown away: they are there only to hinder the
/// other listeners.
/// </summary>
internal sealed class HinderedListeners(ListenerConnection[] connections)
{
    private const int SlowBytes = 512;
    private static readonly long SlowInterval = Stopwatch.Frequency / 10;

    private readonly List<int> _indexes = [];
    private readonly List<int> _ended = [];
    private readonly byte[] _buffer = new byte[64 * 1024];
    private volatile bool _draining;
    private long _nextRead;

    public void Add(int index) => _indexes.Add(index);

    /// <summary>From now on all of them read, to find the connections that the server has ended behind unread bytes.</summary>
    public void Drain() => _draining = true;

    /// <summary>Reads from the connections that are due, and returns those that the server has ended.</summary>
    public List<int> Read()
    {
        _ended.Clear();
        var now = _indexes.Count > 0 ? Stopwatch.GetTimestamp() : 0;
        if (now < _nextRead && !_draining)
        {
            return _ended;
        }

        _nextRead = now + SlowInterval;
        foreach (var index in _indexes)
        {
            ref var connection = ref connections[index];
            if (connection.Now == Phase.Live && (_draining || connection.Pace == Pace.Slow) && HasEnded(connection.Descriptor))
            {
                _ended.Add(index);
            }
        }

        return _ended;
    }

    private bool HasEnded(int descriptor)
    {
        var count = TcpSocket.Receive(descriptor, _draining ? _buffer : _buffer.AsSpan(0, SlowBytes));
        return count <= 0 && count is not -TcpSocket.WouldBlock and not -TcpSocket.Interrupted;
    }
}
