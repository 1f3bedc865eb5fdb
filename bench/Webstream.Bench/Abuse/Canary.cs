using System.Diagnostics;
using Webstream.Bench.Linux;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Abuse;

/// <summary>
/// A stream of its own that exists before the attack, with one listener and one push every 200 ms. It shows the effect of the attack on
/// streams that are not attacked. One thread.
/// </summary>
internal sealed class Canary : IDisposable
{
    private const long PusherToken = 1;
    private const long ListenerToken = 2;

    private readonly Epoll _epoll = new();
    private readonly CanaryBook _book = new();
    private readonly CanaryPusher _pusher;
    private readonly CanaryListener _listener;
    private readonly Thread _thread;
    private readonly ManualResetEventSlim _greeted = new();
    private readonly ManualResetEventSlim _settled = new();
    private volatile bool _stopping;
    private volatile bool _ended;

    public Canary(Target target, string? key, string stream, bool mayRefuse)
    {
        var marker = new Marker();
        _pusher = new CanaryPusher(target, key, stream, marker, _book, _epoll, PusherToken, mayRefuse);
        _listener = new CanaryListener(target, key, stream, marker, _book, _epoll, ListenerToken);
        _thread = new Thread(Run) { Name = "canary", IsBackground = true, Priority = ThreadPriority.AboveNormal };
    }

    /// <summary>Listens and pushes; false when there was no greeting in that time.</summary>
    public bool Start(TimeSpan patience)
    {
        _thread.Start();
        return _greeted.Wait(patience);
    }

    /// <summary>Stops pushing, and waits for the messages that were pushed.</summary>
    public void Stop(TimeSpan patience)
    {
        _stopping = true;
        _settled.Wait(patience);
        _ended = true;
        _thread.Join();
    }

    /// <summary>Adds the outcome of the messages to the report; the waits come last.</summary>
    /// <returns>Whether nothing is wrong except that something may have taken too long.</returns>
    public bool Report(Report report, TimeSpan mostWait)
    {
        report.Add("canary pushes acknowledged", _book.Acknowledged);
        report.Add("canary tries that failed", _book.FailedPushes.Total);
        report.AddLatency("acknowledge", _book.Acknowledge);
        report.AddLatency("refusal", _book.Refusal);
        report.AddLatency("delivery", _book.Delivery);
        report.Add("longest silence", _book.LongestSilence.TotalSeconds, "s");
        report.Add("canary cut", _book.Cuts);
        report.Add("lost", _book.Missing);
        FailWhen(report, _book.Missing, "acknowledged messages were lost");
        FailWhen(report, _book.Doubled, "messages came twice");
        FailWhen(report, _book.OutOfOrder, "messages came out of order");
        FailWhen(report, _book.Gaps, "times the listener was told that something is gone");
        FailWhen(report, _pusher.Waiting, "pushes were never accepted");
        report.FailEach(_book.RefusedListening.Describe().Select(line => $"the listener was refused: {line}"));
        var kept = report.ExitCode == 0;
        FailWhenLong(report, "for an answer", _book.Acknowledge, mostWait);
        FailWhenLong(report, "for a refusal", _book.Refusal, mostWait);
        FailWhenLong(report, "for a message", _book.Delivery, mostWait);
        // Only after a failure: a retry that succeeded in time is only a figure.
        if (report.ExitCode != 0)
        {
            report.NoteEach(_book.FailedPushes.Describe().Select(line => $"a push: {line}"));
            report.NoteEach(_book.FailedListening.Describe().Select(line => $"the listener: {line}"));
        }

        return kept;
    }

    public void Dispose()
    {
        _pusher.Dispose();
        _listener.Dispose();
        _epoll.Dispose();
        _greeted.Dispose();
        _settled.Dispose();
    }

    private static void FailWhen(Report report, int count, string what)
    {
        if (count > 0)
        {
            report.Fail($"canary: {count} {what}");
        }
    }

    private static void FailWhenLong(Report report, string what, LatencyHistogram waited, TimeSpan most)
    {
        var longest = TimeSpan.FromMilliseconds(waited.MaxNanoseconds / 1e6);
        if (longest > most)
        {
            report.Fail($"canary: waited {longest.TotalSeconds:0.0} s {what}, more than {most.TotalSeconds:0.#}");
        }
    }

    private void Run()
    {
        while (!_ended)
        {
            var now = Stopwatch.GetTimestamp();
            _listener.Tick(now);
            if (_listener.IsGreeted)
            {
                _greeted.Set();
                _pusher.Pushes = !_stopping;
                _pusher.Tick(now);
            }

            if (_stopping && _pusher.Waiting == 0 && _book.Missing == 0)
            {
                _settled.Set();
            }

            var ready = _epoll.Wait(milliseconds: 5);
            for (var i = 0; i < ready; i++)
            {
                if (_epoll.Token(i) == PusherToken)
                {
                    _pusher.Serve();
                }
                else
                {
                    _listener.Serve();
                }
            }
        }
    }
}
