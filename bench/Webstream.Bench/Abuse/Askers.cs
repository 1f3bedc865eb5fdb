using System.Diagnostics;
using Webstream.Bench.Linux;

namespace Webstream.Bench.Abuse;

/// <summary>Sends the requests of an <see cref="AskPlan"/>; one thread.</summary>
internal sealed class Askers : IDisposable
{
    private readonly Attack _attack;
    private readonly AskPlan _plan;
    private readonly Epoll _epoll = new();
    private readonly Asker[] _askers;
    private readonly byte[] _received = new byte[64 * 1024];
    private long _asked;
    private long _waiting;

    public Askers(Attack attack, AskPlan plan)
    {
        _attack = attack;
        _plan = plan;
        _askers = [.. Enumerable.Range(0, plan.Connections).Select(_ => new Asker())];
    }

    /// <summary>Sends requests until all are sent and answered, or that time (in stopwatch ticks) has come.</summary>
    /// <returns>Whether all requests were answered.</returns>
    public bool Run(long until)
    {
        for (var now = Stopwatch.GetTimestamp(); now < until; now = Stopwatch.GetTimestamp())
        {
            for (var i = 0; i < _askers.Length; i++)
            {
                Begin(i, now);
            }

            if (_waiting == 0 && _asked == _plan.Most)
            {
                return true;
            }

            var ready = _epoll.Wait(milliseconds: 10);
            for (var i = 0; i < ready; i++)
            {
                Serve(_askers[(int)_epoll.Token(i)]);
            }
        }

        _attack.Count("not answered in time", _waiting);
        return false;
    }

    public void Dispose()
    {
        foreach (var asker in _askers.Where(a => a.Descriptor >= 0))
        {
            TcpSocket.Close(asker.Descriptor);
        }

        _epoll.Dispose();
    }

    private void Begin(int index, long now)
    {
        var asker = _askers[index];
        if (asker.Waiting > 0 || _asked == _plan.Most || now < asker.NotBefore)
        {
            return;
        }

        if (asker.Descriptor < 0 && !Connect(asker, index))
        {
            asker.NotBefore = now + (Stopwatch.Frequency / 20);
            return;
        }

        asker.Unsent.Clear();
        asker.Sent = 0;
        while (asker.Waiting < _plan.Depth && _asked < _plan.Most)
        {
            asker.Unsent.AddRange(_plan.Request(_asked++));
            asker.Waiting++;
            _waiting++;
        }

        Flush(asker);
    }

    private bool Connect(Asker asker, int index)
    {
        var descriptor = TcpSocket.Open(waitForConnect: false);
        var result = descriptor < 0 ? descriptor : TcpSocket.Bind(descriptor, _attack.Source);
        result = result < 0 ? result : TcpSocket.Connect(descriptor, _attack.Target.EndPoint);
        if (result is < 0 and not -TcpSocket.InProgress)
        {
            _attack.Count($"could not connect: {TcpSocket.Describe(result)}");
            if (descriptor >= 0)
            {
                TcpSocket.Close(descriptor);
            }

            return false;
        }

        _attack.Count("connections");
        (asker.Descriptor, asker.Answers) = (descriptor, new AnswerReader());
        _epoll.Add(descriptor, Epoll.Readable | Epoll.Writable | Epoll.EdgeTriggered, index);
        return true;
    }

    private void Serve(Asker asker)
    {
        Flush(asker);
        while (asker.Descriptor >= 0)
        {
            var count = TcpSocket.Receive(asker.Descriptor, _received);
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
            {
                return;
            }

            if (count <= 0)
            {
                Lose(asker);
                return;
            }

            _attack.Count("bytes received", count);
            asker.Answers.Take(_received.AsSpan(0, count), status =>
            {
                asker.Waiting--;
                _waiting--;
                _attack.Count($"answered {status}");
            });
            if (asker.Answers.IsMalformed)
            {
                Lose(asker);
            }
        }
    }

    private void Flush(Asker asker)
    {
        while (asker.Descriptor >= 0 && asker.Sent < asker.Unsent.Count)
        {
            var count = TcpSocket.Send(asker.Descriptor, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(asker.Unsent)[asker.Sent..]);
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted or -TcpSocket.NotConnected)
            {
                return;
            }

            if (count < 0)
            {
                Lose(asker);
                return;
            }

            asker.Sent += count;
        }
    }

    private void Lose(Asker asker)
    {
        _attack.Count("cut by the server");
        _attack.Count("not answered", asker.Waiting);
        _waiting -= asker.Waiting;
        TcpSocket.Close(asker.Descriptor);
        (asker.Descriptor, asker.Waiting, asker.NotBefore) = (-1, 0, Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 20));
    }

    private sealed class Asker
    {
        public int Descriptor { get; set; } = -1;

        public AnswerReader Answers { get; set; } = new();

        public List<byte> Unsent { get; } = [];

        public int Sent { get; set; }

        public int Waiting { get; set; }

        public long NotBefore { get; set; }
    }
}
