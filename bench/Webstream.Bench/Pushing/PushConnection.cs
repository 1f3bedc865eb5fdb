using System.Diagnostics;
using Webstream.Bench.Linux;

namespace Webstream.Bench.Pushing;

/// <summary>One keep-alive connection that pushes, waits for the answer, and pushes again.</summary>
internal sealed class PushConnection : IDisposable
{
    private readonly PushPlan _plan;
    private readonly PushRequest _request;
    private readonly byte[] _received;
    private readonly int _lane;
    private ReadOnlyMemory<byte> _unsent;
    private int _receivedLength;

    public PushConnection(PushPlan plan, Marker marker, int lane)
    {
        _plan = plan;
        var target = plan.Targets[lane % plan.Targets.Count];
        _request = new PushRequest(plan, target, marker);
        _lane = lane;

        // The answer to a single push repeats the message.
        _received = new byte[8192 + plan.Size];
        Descriptor = TcpSocket.Open(waitForConnect: true);
        var result = Descriptor < 0 ? Descriptor : TcpSocket.Connect(Descriptor, target.EndPoint);
        if (result < 0)
        {
            throw new UsageException($"cannot connect to {target.Host}: {TcpSocket.Describe(result)}");
        }
    }

    public int Descriptor { get; }

    /// <summary>The number of requests that have been answered with success.</summary>
    public int Acknowledged { get; private set; }

    /// <summary>Which request of the run comes next.</summary>
    public long Next => RequestOf(Acknowledged);

    /// <summary>Whether a request waits for its answer.</summary>
    public bool Waiting { get; private set; }

    /// <summary>Why this lane ended early, or null.</summary>
    public string? Failure { get; private set; }

    /// <summary>When the request in flight should have been sent, in stopwatch ticks.</summary>
    public long Scheduled { get; private set; }

    /// <summary>When it was sent, in stopwatch ticks.</summary>
    public long SentAt { get; private set; }

    public ReadOnlySpan<byte> Received => _received.AsSpan(0, _receivedLength);

    /// <summary>Sends the next request. A schedule of 0 means now.</summary>
    public void Push(long scheduled)
    {
        SentAt = Stopwatch.GetTimestamp();
        Scheduled = scheduled == 0 ? SentAt : scheduled;
        Waiting = true;
        _receivedLength = 0;
        _unsent = _request.Write(Next, Scheduled);
        Flush();
    }

    /// <summary>The request of the run that this lane sends in this turn. Turns count from 0.</summary>
    public long RequestOf(int turn) => _lane + ((long)_plan.Connections * turn);

    /// <summary>Sends and receives what the socket allows; true when an answer is complete.</summary>
    public bool Serve(Span<byte> scratch, out PushAnswer answer)
    {
        answer = default;
        if (Failure is not null)
        {
            return false;
        }

        Flush();
        while (Failure is null)
        {
            var count = TcpSocket.Receive(Descriptor, _received.AsSpan(_receivedLength));
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
            {
                return false;
            }

            if (count <= 0)
            {
                Fail(count == 0 ? "the server closed a push connection" : $"a push connection broke: {TcpSocket.Describe(count)}");
                return false;
            }

            _receivedLength += count;
            if (PushAnswer.TryRead(Received, scratch, out answer))
            {
                return Accept(answer);
            }

            if (_receivedLength == _received.Length)
            {
                Fail("an answer to a push was too long");
            }
        }

        return false;
    }

    public void Fail(string reason)
    {
        Failure = reason;
        Waiting = false;
    }

    public void Dispose() => TcpSocket.Close(Descriptor);

    private bool Accept(PushAnswer answer)
    {
        Waiting = false;
        if (!_plan.Server.Accepts(answer.Status))
        {
            Fail($"a push was refused: {PushAnswer.Excerpt(Received)}");
            return false;
        }

        if (_plan.Batch > 1 && answer.Accepted != _plan.Batch)
        {
            Fail($"a batch of {_plan.Batch} was answered with accepted: {answer.Accepted}");
            return false;
        }

        Acknowledged++;
        return true;
    }

    private void Flush()
    {
        while (_unsent.Length > 0)
        {
            var count = TcpSocket.Send(Descriptor, _unsent.Span);
            if (count < 0)
            {
                if (count is not -TcpSocket.WouldBlock and not -TcpSocket.Interrupted)
                {
                    Fail($"a push connection broke: {TcpSocket.Describe(count)}");
                }

                return;
            }

            _unsent = _unsent[count..];
        }
    }
}
