using System.Diagnostics;
using System.Globalization;
using System.Text;
using Webstream.Bench.Linux;
using Webstream.Bench.Pushing;

namespace Webstream.Bench.Abuse;

/// <summary>
/// Pushes a message every 200 ms, one after the other on one connection. It retries a failed push as a good pusher does: with the same key,
/// on a new connection.
/// </summary>
internal sealed class CanaryPusher(Target target, string? key, string stream, Marker marker, CanaryBook book, Epoll epoll, long token, bool mayRefuse) : IDisposable
{
    private static readonly long Period = Stopwatch.Frequency / 5;
    private static readonly long Pause = Stopwatch.Frequency / 10;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Queue<(int Number, long Due)> _due = [];
    private readonly byte[] _received = new byte[16 * 1024];
    private readonly byte[] _scratch = new byte[16 * 1024];
    private int _receivedLength;
    private int _descriptor = -1;
    private (int Number, long Due)? _current;
    private byte[] _request = [];
    private int _sent;
    private long _sentAt;
    private long _next;
    private long _notBefore;

    /// <summary>Whether further pushes become due.</summary>
    public bool Pushes { get; set; } = true;

    /// <summary>The number of pushes that are due and not accepted.</summary>
    public int Waiting => _due.Count + (_current is null ? 0 : 1);

    public void Tick(long now)
    {
        if (Pushes && now >= _next)
        {
            // The time counts from now: if this tool is late, that is not the server's fault.
            _due.Enqueue((book.Begin(), now));
            _next = now + Period;
        }

        if (_current is null && _due.Count > 0 && now >= _notBefore)
        {
            Send(_due.Dequeue());
        }
        else if (_current is not null && _sentAt == 0 && now >= _notBefore)
        {
            Send(_current.Value);
        }
        else if (_sentAt > 0 && Stopwatch.GetElapsedTime(_sentAt, now) > Patience)
        {
            Fail($"no answer within {Patience.TotalSeconds} s");
        }
    }

    public void Serve()
    {
        if (_descriptor < 0)
        {
            return;
        }

        Flush();
        while (_descriptor >= 0)
        {
            var count = TcpSocket.Receive(_descriptor, _received.AsSpan(_receivedLength));
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
            {
                return;
            }

            if (count <= 0)
            {
                if (_current is null || _sentAt == 0)
                {
                    // The server may end an idle connection. The next push opens another.
                    Close();
                }
                else
                {
                    Fail(count == 0 ? "the connection was closed" : $"the connection broke: {TcpSocket.Describe(count)}");
                }

                return;
            }

            _receivedLength += count;
            if (_sentAt > 0 && PushAnswer.TryRead(_received.AsSpan(0, _receivedLength), _scratch, out var answer))
            {
                Take(answer);
            }
            else if (_receivedLength == _received.Length)
            {
                Fail("an answer was too long");
            }
        }
    }

    public void Dispose() => Close();

    private void Send((int Number, long Due) push)
    {
        (_current, _sentAt, _sent, _receivedLength) = (push, Stopwatch.GetTimestamp(), 0, 0);
        if (_descriptor < 0)
        {
            _descriptor = TcpSocket.Open(waitForConnect: false);
            var result = _descriptor < 0 ? _descriptor : TcpSocket.Connect(_descriptor, target.EndPoint);
            if (result is < 0 and not -TcpSocket.InProgress)
            {
                Fail($"could not connect: {TcpSocket.Describe(result)}");
                return;
            }

            epoll.Add(_descriptor, Epoll.Readable | Epoll.Writable | Epoll.EdgeTriggered, token);
        }

        Span<byte> text = stackalloc byte[Marker.MaxLength];
        marker.Write(text, push.Number, push.Due);
        var body = string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"message\":\"{Encoding.ASCII.GetString(text)}\",\"stream\":\"{stream}\",\"idempotencyKey\":\"{marker.Run}-{push.Number}\"}}");
        var authorization = key is null ? "" : $"Authorization: Bearer {key}\r\n";
        _request = Encoding.ASCII.GetBytes(
            $"POST /api/push HTTP/1.1\r\nHost: {target.Host}\r\n{authorization}Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        Flush();
    }

    private void Flush()
    {
        while (_sentAt > 0 && _sent < _request.Length)
        {
            var count = TcpSocket.Send(_descriptor, _request.AsSpan(_sent));
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
            {
                return;
            }

            if (count < 0)
            {
                Fail($"could not send: {TcpSocket.Describe(count)}");
                return;
            }

            _sent += count;
        }
    }

    private void Take(PushAnswer answer)
    {
        var now = Stopwatch.GetTimestamp();
        var (number, due) = _current!.Value;
        if (answer.Status == 200)
        {
            book.Accept(number, now - due);
            (_current, _sentAt, _receivedLength) = (null, 0, 0);
            return;
        }

        var took = now - _sentAt;
        Fail(PushAnswer.Excerpt(_received.AsSpan(0, _receivedLength)));
        if (mayRefuse && answer.Status is 503 or 429)
        {
            book.Refusal.Record(took);
            _current = null;
        }
    }

    /// <summary>This try failed. The push stays the current one, and is retried.</summary>
    private void Fail(string reason)
    {
        book.FailedPushes.Add(reason);
        (_sentAt, _notBefore) = (0, Stopwatch.GetTimestamp() + Pause);
        Close();
    }

    private void Close()
    {
        if (_descriptor >= 0)
        {
            TcpSocket.Close(_descriptor);
        }

        _descriptor = -1;
    }
}
