using System.Diagnostics;
using System.Text;
using Webstream.Bench.Http;
using Webstream.Bench.Linux;

namespace Webstream.Bench.Abuse;

/// <summary>Listens to the canary's stream. When the connection ends, it reconnects with its last id, as a browser does.</summary>
internal sealed class CanaryListener(Target target, string? key, string stream, Marker marker, CanaryBook book, Epoll epoll, long token) : IDisposable
{
    private static readonly long Pause = Stopwatch.Frequency / 5;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly byte[] _received = new byte[64 * 1024];
    private readonly List<byte> _pending = [];
    private int _descriptor = -1;
    private bool _isSent;
    private ResponseHead? _head;
    private ChunkedBody _chunks;
    private string? _lastId;
    private long _openedAt;
    private long _notBefore;

    /// <summary>Whether it was greeted once.</summary>
    public bool IsGreeted { get; private set; }

    public void Tick(long now)
    {
        if (_descriptor < 0 && now >= _notBefore)
        {
            Connect(now);
        }
        else if (_descriptor >= 0 && _head is null && Stopwatch.GetElapsedTime(_openedAt, now) > Patience)
        {
            book.FailedListening.Add($"no answer within {Patience.TotalSeconds} s");
            Close();
        }
    }

    public void Serve()
    {
        if (_descriptor >= 0 && !_isSent)
        {
            Send();
        }

        while (_descriptor >= 0 && _isSent)
        {
            var count = TcpSocket.Receive(_descriptor, _received);
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
            {
                return;
            }

            if (count <= 0)
            {
                book.Cuts++;
                Close();
                return;
            }

            Take(_received.AsSpan(0, count), Stopwatch.GetTimestamp());
        }
    }

    public void Dispose() => Close();

    private void Connect(long now)
    {
        (_openedAt, _isSent, _head, _chunks) = (now, false, null, default);
        _pending.Clear();
        _descriptor = TcpSocket.Open(waitForConnect: false);
        var result = _descriptor < 0 ? _descriptor : TcpSocket.Connect(_descriptor, target.EndPoint);
        if (result is < 0 and not -TcpSocket.InProgress)
        {
            book.FailedListening.Add($"could not connect: {TcpSocket.Describe(result)}");
            Close();
            return;
        }

        epoll.Add(_descriptor, Epoll.Readable | Epoll.Writable | Epoll.EdgeTriggered, token);
    }

    private void Send()
    {
        var authorization = key is null ? "" : $"Authorization: Bearer {key}\r\n";
        var resume = _lastId is null ? "" : $"Last-Event-ID: {_lastId}\r\n";
        var request = Encoding.ASCII.GetBytes(
            $"GET /stream/{stream} HTTP/1.1\r\nHost: {target.Host}\r\nAccept: text/event-stream\r\n{authorization}{resume}\r\n");
        var count = TcpSocket.Send(_descriptor, request);
        if (count is -TcpSocket.WouldBlock)
        {
            return;
        }

        if (count != request.Length)
        {
            book.FailedListening.Add($"could not connect: {TcpSocket.Describe(count)}");
            Close();
            return;
        }

        _isSent = true;
    }

    private void Take(Span<byte> bytes, long now)
    {
        if (_head is null)
        {
            _pending.AddRange(bytes);
            var sofar = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending);
            if (!ResponseHead.TryRead(sofar, out var head))
            {
                return;
            }

            if (head.Status != 200)
            {
                book.RefusedListening.Add(ResponseHead.FirstLine(sofar));
                Close();
                return;
            }

            _head = head;
            bytes = sofar[head.Length..].ToArray();
            _pending.Clear();
        }

        var length = _head.Value.Chunked ? _chunks.Decode(bytes) : bytes.Length;
        _pending.AddRange(bytes[..length]);
        TakeBlocks(now);
        if (_chunks.Ended || _chunks.Malformed)
        {
            book.Cuts++;
            Close();
        }
    }

    private void TakeBlocks(long now)
    {
        while (true)
        {
            var pending = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_pending);
            var end = pending.IndexOf("\n\n"u8);
            if (end < 0)
            {
                return;
            }

            TakeBlock(pending[..end], now);
            _pending.RemoveRange(0, end + 2);
        }
    }

    private void TakeBlock(ReadOnlySpan<byte> block, long now)
    {
        var at = block.IndexOf(marker.Prefix);
        if (at >= 0 && Marker.Read(block[(at + marker.Prefix.Length)..], out var number, out var due, out _) == Marker.Found.Whole)
        {
            book.Receive(number, due, now);
        }

        var text = Encoding.UTF8.GetString(block);
        IsGreeted |= text.Contains("data: Connected at ", StringComparison.Ordinal);
        // Lost messages are counted by the messages themselves. A verdict about a loss is the server's own statement.
        book.Gaps += text.Contains("event: resume", StringComparison.Ordinal) && !text.Contains("\"recovered\"", StringComparison.Ordinal) ? 1 : 0;
        foreach (var line in text.Split('\n').Where(l => l.StartsWith("id: ", StringComparison.Ordinal)))
        {
            _lastId = line["id: ".Length..];
        }
    }

    private void Close()
    {
        if (_descriptor >= 0)
        {
            TcpSocket.Close(_descriptor);
        }

        _descriptor = -1;
        _notBefore = Stopwatch.GetTimestamp() + Pause;
    }
}
