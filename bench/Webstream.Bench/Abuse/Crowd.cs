using System.Diagnostics;
using System.Text;
using Webstream.Bench.Linux;

namespace Webstream.Bench.Abuse;

/// <summary>Opens and holds the connections of a <see cref="CrowdPlan"/>; one thread.</summary>
internal sealed class Crowd : IDisposable
{
    private const uint Gone = Epoll.Error | Epoll.HangUp | Epoll.PeerClosed;

    private readonly Attack _attack;
    private readonly CrowdPlan _plan;
    private readonly Epoll _epoll = new();
    private readonly Dictionary<int, Member> _members = [];
    private readonly byte[] _received = new byte[64 * 1024];
    private readonly byte[]? _end;
    private readonly int _total;
    private int _opened;
    private bool _exhausted;

    public Crowd(Attack attack, CrowdPlan plan)
    {
        _attack = attack;
        _plan = plan;
        _total = Math.Max(plan.Total, plan.Most);
        _end = plan.EndsAt is null ? null : Encoding.ASCII.GetBytes(plan.EndsAt);
    }

    /// <summary>Opens the connections that are due and holds them, until that time in stopwatch ticks.</summary>
    public void Run(long until)
    {
        var start = Stopwatch.GetTimestamp();
        var trickled = start;
        for (var now = start; now < until; now = Stopwatch.GetTimestamp())
        {
            OpenDue(Stopwatch.GetElapsedTime(start, now));
            var ready = _epoll.Wait(milliseconds: 10);
            for (var i = 0; i < ready; i++)
            {
                if (_members.TryGetValue((int)_epoll.Token(i), out var member))
                {
                    Serve(member, _epoll.Events(i));
                }
            }

            if (!_plan.Trickle.IsEmpty && Stopwatch.GetElapsedTime(trickled).TotalSeconds >= 1)
            {
                trickled = Stopwatch.GetTimestamp();
                Trickle();
            }
        }
    }

    public void Dispose()
    {
        foreach (var member in _members.Values)
        {
            Close(member);
        }

        _epoll.Dispose();
    }

    private void OpenDue(TimeSpan elapsed)
    {
        var due = (int)Math.Min(_total, (elapsed.TotalSeconds * _plan.PerSecond) + 1);
        while (_opened < due && _members.Count < _plan.Most && !_exhausted)
        {
            Open(_opened++);
        }
    }

    private void Open(int number)
    {
        var descriptor = TcpSocket.Open(waitForConnect: false);
        if (descriptor < 0)
        {
            // This is a bound of this tool, not of the server.
            _exhausted = true;
            _attack.Count($"not opened here: {TcpSocket.Describe(descriptor)}");
            return;
        }

        if (!_plan.Reads)
        {
            TcpSocket.ShrinkReceiveBuffer(descriptor);
        }

        if (_plan.Rest is not null)
        {
            TcpSocket.ShrinkSendBuffer(descriptor);
        }

        var member = new Member(descriptor, _plan.Request(number), _plan.Rest?.Invoke(number) ?? default);
        _members.Add(descriptor, member);
        var bound = TcpSocket.Bind(descriptor, _attack.Source);
        var result = bound < 0 ? bound : TcpSocket.Connect(descriptor, _attack.Target.EndPoint);
        if (result is < 0 and not -TcpSocket.InProgress)
        {
            Lose(member, $"could not connect: {TcpSocket.Describe(result)}");
            return;
        }

        _attack.Count("connections");
        _epoll.Add(descriptor, Epoll.Writable | Epoll.Readable | Epoll.PeerClosed, descriptor);
    }

    private void Serve(Member member, uint events)
    {
        if ((events & Epoll.Writable) != 0 && !member.IsSent && !Flush(member))
        {
            return;
        }

        if ((events & Epoll.Readable) != 0 && (_plan.Reads || !member.IsAnswered))
        {
            Read(member);
        }
        else if ((events & Gone) != 0)
        {
            Lose(member, "cut by the server");
        }
    }

    /// <summary>Sends what the server takes; false when the connection broke.</summary>
    private bool Flush(Member member)
    {
        while (!member.IsSent)
        {
            var rest = member.Sent - member.Request.Length;
            var bytes = rest < 0 ? member.Request.AsSpan(member.Sent) : member.Rest.Span[rest..];
            if (bytes.IsEmpty)
            {
                member.IsSent = true;
                Watch(member);
                break;
            }

            var count = TcpSocket.Send(member.Descriptor, bytes);
            if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
            {
                break;
            }

            if (count < 0)
            {
                Lose(member, member.Sent == 0 ? $"could not connect: {TcpSocket.Describe(count)}" : "cut by the server");
                return false;
            }

            member.Sent += count;
            _attack.Count("bytes sent", count);
        }

        return true;
    }

    // Connections that do not read still look at the first bytes, for the status.
    private void Watch(Member member) => _epoll.Modify(
        member.Descriptor,
        Epoll.PeerClosed | (_plan.Reads || !member.IsAnswered ? Epoll.Readable : 0) | (member.IsSent ? 0 : Epoll.Writable),
        member.Descriptor);

    private void Read(Member member)
    {
        var count = TcpSocket.Receive(member.Descriptor, _plan.Reads ? _received : _received.AsSpan(0, 16));
        if (count is -TcpSocket.WouldBlock or -TcpSocket.Interrupted)
        {
            return;
        }

        if (count <= 0)
        {
            Lose(member, "cut by the server");
            return;
        }

        var bytes = _received.AsSpan(0, count);
        if (!member.IsAnswered)
        {
            member.IsAnswered = true;
            _attack.Count(bytes.Length >= 12 && bytes.StartsWith("HTTP/1."u8) ? $"answered {Encoding.Latin1.GetString(bytes[9..12])}" : "answered nonsense");
            Watch(member);
        }

        if (_end is not null && bytes.IndexOf(_end) >= 0)
        {
            Close(member);
            _members.Remove(member.Descriptor);
        }
    }

    private void Trickle()
    {
        foreach (var member in _members.Values.Where(m => m.IsSent).ToList())
        {
            if (TcpSocket.Send(member.Descriptor, _plan.Trickle.Span) is < 0 and not -TcpSocket.WouldBlock)
            {
                Lose(member, "cut by the server");
            }
        }
    }

    private void Lose(Member member, string how)
    {
        _attack.Count(how);
        Close(member);
        _members.Remove(member.Descriptor);
    }

    private void Close(Member member)
    {
        if (_plan.Resets)
        {
            TcpSocket.ResetOnClose(member.Descriptor);
        }

        TcpSocket.Close(member.Descriptor);
    }

    private sealed class Member(int descriptor, byte[] request, ReadOnlyMemory<byte> rest)
    {
        public int Descriptor => descriptor;

        public byte[] Request => request;

        public ReadOnlyMemory<byte> Rest => rest;

        public int Sent { get; set; }

        public bool IsSent { get; set; }

        public bool IsAnswered { get; set; }
    }
}
