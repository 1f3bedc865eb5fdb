using System.Diagnostics;
using Webstream.Bench.Http;
using Webstream.Bench.Linux;
using Webstream.Bench.Measuring;
using static Webstream.Bench.Listening.ListenerConnection;

namespace Webstream.Bench.Listening;

/// <summary>One thread that opens its share of the listeners and reads what they receive.</summary>
internal sealed class ListenerLoop : IDisposable
{
    private readonly ListenerSettings _settings;
    private readonly FailureTally _failures;
    private readonly ListenerConnection[] _connections;
    private readonly ListenerReader _reader;
    private readonly ListenerRequests _requests;
    private readonly HinderedListeners _hindered;
    private readonly int[] _connectedByStream;
    private readonly int _first;
    private readonly int _window;
    private readonly Epoll _epoll = new();
    private readonly Thread _thread;
    private volatile bool _stopping;
    private int _opened;
    private int _inFlight;
    private int _connected;
    private int _closed;
    private int _cut;

    /// <summary>The share is this thread's listeners, by their place among all.</summary>
    public ListenerLoop(
        ListenerSettings settings,
        Range share,
        int window,
        ListenerRequests requests,
        ListenerReader reader,
        DeliveryAudit ledger,
        FailureTally failures)
    {
        _settings = settings;
        _failures = failures;
        _first = share.Start.Value;
        _connections = new ListenerConnection[share.End.Value - _first];
        _hindered = new HinderedListeners(_connections);
        _connectedByStream = new int[settings.Streams.Count];
        _window = window;
        _requests = requests;
        DeliveryAudit = ledger;
        _reader = reader;
        _thread = new Thread(Run) { Name = "listeners", IsBackground = true };
    }

    public DeliveryAudit DeliveryAudit { get; }

    /// <summary>The time from the call of connect to the end of the <c>Connected at</c> block.</summary>
    public LatencyHistogram ConnectTime { get; } = new();

    public LatencyHistogram Latency => _reader.Latency;

    public LatencyHistogram FirstLatency => _reader.FirstLatency;

    public long LastDelivery => _reader.LastDelivery;

    public int Connected => Volatile.Read(ref _connected);

    /// <summary>Listeners that failed or were ended by the server.</summary>
    public int Closed => Volatile.Read(ref _closed);

    /// <summary>The number of slow or stalled listeners that the server ended.</summary>
    public int Cut => Volatile.Read(ref _cut);

    /// <summary>Listeners of each stream that were greeted and read at full pace.</summary>
    public IReadOnlyList<int> ConnectedByStream => _connectedByStream;

    /// <summary>When the last listener was greeted, in stopwatch ticks.</summary>
    public long LastConnected { get; private set; }

    public void Start() => _thread.Start();

    public void RequestStop() => _stopping = true;

    /// <summary>Lets all listeners read, to find the connections that the server has ended behind unread bytes.</summary>
    public void RequestDrain() => _hindered.Drain();

    public void Join() => _thread.Join();

    public void Dispose() => _epoll.Dispose();

    private void Run()
    {
        try
        {
            while (!_stopping)
            {
                OpenMore();
                var ready = _epoll.Wait(milliseconds: 20);
                for (var i = 0; i < ready; i++)
                {
                    Serve((int)_epoll.Token(i));
                }

                foreach (var index in _hindered.Read())
                {
                    CloseHindered(ref _connections[index]);
                }
            }
        }
        catch (IOException e)
        {
            _failures.Add($"the listeners' thread ended: {e.Message}");
        }
        finally
        {
            CloseAll();
        }
    }

    private void OpenMore()
    {
        while (_opened < _connections.Length && (_window == 0 || _inFlight < _window))
        {
            var index = _opened++;
            _inFlight++;
            ref var connection = ref _connections[index];
            connection.OpenedAt = Stopwatch.GetTimestamp();
            connection.Pace = _settings.PaceOf(_first + index);
            (connection.Descriptor, var result) = ListenerSocket.Open(_settings, _first + index);
            connection.Now = Phase.Connecting;
            if (result is < 0 and not -TcpSocket.InProgress)
            {
                Close(ref connection, $"a listener could not connect: {TcpSocket.Describe(result)}");
                continue;
            }

            _epoll.Add(connection.Descriptor, Epoll.Writable, index);
        }
    }

    private void Serve(int index)
    {
        ref var connection = ref _connections[index];
        if (connection.Now == Phase.Connecting)
        {
            SendRequest(index, ref connection);
        }
        else if (connection.Now == Phase.Live && connection.Pace != Pace.Full)
        {
            CloseHindered(ref connection);
        }
        else if (connection.Now != Phase.Closed)
        {
            Read(index, ref connection);
        }
    }

    private void SendRequest(int index, ref ListenerConnection connection)
    {
        // A new socket's buffer takes these few bytes as a whole, so a short write is a failure too.
        var request = _requests.Of(_first + index);
        var sent = TcpSocket.Send(connection.Descriptor, request);
        if (sent != request.Length)
        {
            Close(ref connection, $"a listener could not connect: {TcpSocket.Describe(sent)}");
            return;
        }

        connection.Now = Phase.Head;
        _epoll.Modify(connection.Descriptor, Epoll.Readable, index);
    }

    private void Read(int index, ref ListenerConnection connection)
    {
        // One read a turn: a listener that is far behind does not delay the others.
        var count = TcpSocket.Receive(connection.Descriptor, _reader.Space);
        if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
        {
            return;
        }

        if (count <= 0)
        {
            Close(ref connection, count == 0 ? "the server ended a listener" : $"a listener broke: {TcpSocket.Describe(count)}");
            return;
        }

        var now = Stopwatch.GetTimestamp();
        switch (_reader.Take(index, ref connection, count, now))
        {
            case ListenerReader.Outcome.Greeted:
                Greet(index, ref connection, now);
                break;
            case ListenerReader.Outcome.Ended:
                Close(ref connection, "the server ended a listener");
                break;
            case ListenerReader.Outcome.Refused:
                Close(ref connection, $"a listener was refused: {ResponseHead.FirstLine(_reader.Space[..count])}");
                break;
            case ListenerReader.Outcome.Malformed:
                Close(ref connection, "a listener got what is not HTTP");
                break;
        }
    }

    private void Greet(int index, ref ListenerConnection connection, long now)
    {
        ConnectTime.Record(now - connection.OpenedAt);
        LastConnected = now;
        _inFlight--;
        if (connection.Pace == Pace.Full)
        {
            _connectedByStream[_settings.StreamOf(_first + index)]++;
        }
        else
        {
            _hindered.Add(index);
            _epoll.Modify(connection.Descriptor, Epoll.PeerClosed, index);
        }

        Volatile.Write(ref _connected, _connected + 1);
    }

    private void Close(ref ListenerConnection connection, string reason)
    {
        if (connection.Descriptor >= 0)
        {
            TcpSocket.Close(connection.Descriptor);
        }

        if (connection.Now != Phase.Live)
        {
            _inFlight--;
        }

        connection.Now = Phase.Closed;
        Volatile.Write(ref _closed, _closed + 1);
        _failures.Add(reason);
    }

    /// <summary>Closes a slow or stalled listener, which the server may end.</summary>
    private void CloseHindered(ref ListenerConnection connection)
    {
        TcpSocket.Close(connection.Descriptor);
        connection.Now = Phase.Closed;
        Volatile.Write(ref _cut, _cut + 1);
    }

    private void CloseAll()
    {
        foreach (ref var connection in _connections.AsSpan())
        {
            if (connection.Now != Phase.Closed)
            {
                TcpSocket.Close(connection.Descriptor);
                connection.Now = Phase.Closed;
            }
        }
    }
}
