using System.Diagnostics;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;
using Webstream.Bench.Pushing;

namespace Webstream.Bench;

/// <summary>Opens listeners, pushes messages, waits for their delivery, and compares the deliveries with the pushes.</summary>
internal sealed class TrafficRun(ListenerSettings listening, PushPlan pushing, ServerProcess server, Watch? watch = null)
{
    private const int WarmUpListeners = 100;
    private const int WarmUpMessages = 300;

    // Code that is compiled by profile is compiled twice more, each time after calls of the code of the last compilation.
    private const int WarmUps = 3;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(300);

    private int Hindered => listening.Stalled + listening.Slow;

    /// <summary>Lets the server compile code and take the memory that it needs anyway, so that these are not counted as the listeners' cost.</summary>
    public void WarmUp()
    {
        for (var i = 0; i < WarmUps; i++)
        {
            WarmUpOnce();
        }
    }

    private void WarmUpOnce()
    {
        var streams = new OrleansStreamIds(pushing.Streams.Base + "-warmup", 1);
        var plan = pushing with { Streams = streams, Rate = 0, Messages = WarmUpMessages * pushing.Batch, ExpectedClients = null };
        var run = new TrafficRun(
            listening with
            {
                Streams = streams,
                Count = Math.Min(WarmUpListeners, listening.Count),
                Numbering = plan.Numbering,
                Stalled = 0,
                Slow = 0,
            },
            plan,
            new ServerProcess([]));
        run.Measure(new Report("warm-up"));

        // Background compilation, and the server's clean-up after these listeners, belong to the warm-up.
        server.Settle(Settle);
    }

    public void Measure(Report report)
    {
        var before = server.Read();
        var marker = new Marker();
        using var listeners = Listeners.Open(listening, marker);
        var connected = listeners.Connected;
        if (listening.Count > 0)
        {
            server.Settle(Settle);
            report.Add("listeners connected", connected, $"of {listening.Count}");
            report.Add("connect duration", listeners.ConnectDuration.TotalSeconds, "s");
            if (connected < listening.Count)
            {
                report.Fail($"{listening.Count - connected} listeners did not get their greeting");
            }
        }

        var open = server.Read();
        var ownCpu = Environment.CpuUsage.TotalTime;
        using var pushes = new PushLoop(pushing, marker);
        var thread = new Thread(pushes.Run) { Name = "pushes", IsBackground = true };
        watch?.Start(server);
        thread.Start();
        thread.Join();
        watch?.Stop();
        var pushed = pushes.CountMessages();
        listeners.WaitForDeliveries(listeners.CountExpected(pushed), Quiet, pushing.Wait);
        var after = server.Read();
        ownCpu = Environment.CpuUsage.TotalTime - ownCpu;

        // The second copy of a doubled message may come late.
        Thread.Sleep(Linger);
        if (Hindered > 0)
        {
            listeners.Drain(Settle);
        }

        listeners.Stop();

        ReportPushes(report, pushes);
        ReportDeliveries(report, listeners, pushes, pushed);
        ReportCost(report, before, open, after, ownCpu, connected, listeners.Received, pushes.AcknowledgedMessages);
        watch?.Report(report);
        report.FailEach(pushes.Failures.Describe());
        report.FailEach(listeners.Failures.Describe());
    }

    private void ReportPushes(Report report, PushLoop pushes)
    {
        var acknowledged = pushes.AcknowledgedMessages;
        report.Add("messages acknowledged", acknowledged);
        report.Add("acknowledge rate", acknowledged / pushes.Elapsed.TotalSeconds, "messages/s");
        report.AddLatency("acknowledge", pushes.Acknowledge);
        if (pushing.Rate > 0)
        {
            report.Add("sent after it was due p99", pushes.SentLate.Percentile(0.99), "ms");
            report.Add("sent after it was due max", pushes.SentLate.MaxNanoseconds / 1e6, "ms");
        }

        if (pushing.ExpectedClients is not null)
        {
            report.Add("answers with a wrong client count", pushes.WrongClientCounts);
            if (pushes.WrongClientCounts > 0)
            {
                var (told, right) = pushes.FirstWrongClientCount;
                report.Fail($"clients was {told} (-1: absent) where {right} are connected");
            }
        }

        if (acknowledged == 0)
        {
            report.Fail("no push was acknowledged");
        }
    }

    private void ReportDeliveries(Report report, Listeners listeners, PushLoop pushes, int[] pushed)
    {
        if (listeners.Connected == 0)
        {
            return;
        }

        if (Hindered > 0)
        {
            report.Add("slow or stalled listeners cut", listeners.Cut, $"of {Hindered}");
        }

        var received = listeners.Received;
        report.Add("deliveries", received);
        if (received > 0)
        {
            report.Add("delivery rate", received / Stopwatch.GetElapsedTime(pushes.StartedAt, listeners.LastDelivery).TotalSeconds, "deliveries/s");
        }

        report.AddLatency("latency", listeners.Latency);
        report.Add("first listener p50", listeners.FirstLatency.Percentile(0.5), "ms");
        report.Add("first listener p99", listeners.FirstLatency.Percentile(0.99), "ms");
        AddFlaw(report, "lost", listeners.CountLost(pushed));
        AddFlaw(report, "doubled", listeners.Doubled);
        AddFlaw(report, "out of order", listeners.OutOfOrder);
        AddFlaw(report, "listeners with another order", listeners.CountDissenters(pushed));
        if (listening.Streams.Count > 1)
        {
            AddFlaw(report, "of another stream", listeners.Strayed);
        }
    }

    private static void AddFlaw(Report report, string name, long count)
    {
        report.Add(name, count);
        if (count > 0)
        {
            report.Fail($"{name}: {count}");
        }
    }

    private void ReportCost(
        Report report,
        ServerProcess.Sample before,
        ServerProcess.Sample open,
        ServerProcess.Sample after,
        TimeSpan ownCpu,
        int connected,
        long received,
        long acknowledged)
    {
        var (count, unit) = connected > 0 ? (received, "µs/delivery") : (acknowledged, "µs/message");
        if (server.Known)
        {
            report.Add("server CPU", (after.CpuSeconds - open.CpuSeconds) * 1e6 / Math.Max(1, count), unit);
            ServerMemory.Report(report, before, open, after, connected);
        }

        report.Add("load tool CPU", ownCpu.TotalMicroseconds / Math.Max(1, count), unit);
    }
}
