using System.Diagnostics;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Abuse;

/// <summary>One scenario against a gateway, with the canary beside it, and what it did.</summary>
internal sealed class AbuseRun(Attack attack, Scenario scenario, ServerProcess server, string? key, string stream, TimeSpan mostWait)
{
    private const double MostLeft = 1.3;

    // Where a gateway does not say how much history it keeps: what it keeps by default.
    private const long UsualHistory = 256 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan VisitEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VisitPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    private readonly Visitor _visitor = new(attack.Target);
    private int _visits;
    private int _turnedAway;

    /// <summary>Whether nothing failed but that the canary waited too long, which a machine with other work can cause too.</summary>
    public bool OnlyWaited { get; private set; }

    /// <summary>Runs it; false when the gateway is not fit for another.</summary>
    public bool Run(Report report)
    {
        try
        {
            scenario.Prepare(attack);
        }
        catch (PreparationException failure)
        {
            report.Fail($"could not be prepared: {failure.Message}");
            return _visitor.IsReceived(Patience);
        }

        server.Settle(Rest);
        using var memory = new MemoryWatch(server);
        using var canary = new Canary(attack.Target, key, stream, scenario.MayRefuse);
        if (!canary.Start(Patience))
        {
            report.Fail("the canary's listener was not greeted, before any attack");
            canary.Stop(TimeSpan.Zero);
            return false;
        }

        Thread.Sleep(Rest);
        var before = memory.Now;
        var most = (long)(before * MostLeft) + (scenario.Retains ? RoomForHistory() : 0);
        Assail(memory);
        var back = AwaitMemory(memory, most);
        var accepts = !memory.HasEnded && _visitor.IsReceived(Patience);
        canary.Stop(memory.HasEnded ? TimeSpan.Zero : Patience);

        var wrong = scenario.Judge(attack).ToList();
        foreach (var (what, count) in attack.Counts)
        {
            report.Add($"attack: {what}", count);
        }

        report.FailEach(wrong);
        ReportMemory(report, memory, before, most, back);
        report.Add("visitors turned away", _turnedAway, $"of {_visits}");
        if (memory.HasEnded)
        {
            report.Fail("the process ended");
        }
        else if (!accepts)
        {
            report.Fail($"a new connection was not answered within {Patience.TotalSeconds} s after the attack");
        }

        OnlyWaited = canary.Report(report, mostWait) && report.ExitCode != 0;
        return accepts;
    }

    /// <summary>The attack, with somebody who comes by every second.</summary>
    private void Assail(MemoryWatch memory)
    {
        attack.Begin();
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                scenario.Run(attack);
            }
            catch (Exception e) when (e is IOException or UsageException)
            {
                failure = e;
            }
        })
        { Name = "attack", IsBackground = true };
        thread.Start();
        while (!thread.Join(VisitEvery))
        {
            if (!memory.HasEnded)
            {
                _visits++;
                _turnedAway += _visitor.IsReceived(VisitPatience) ? 0 : 1;
            }
        }

        if (failure is not null)
        {
            throw new UsageException($"{scenario.Name}: {failure.Message}");
        }
    }

    /// <summary>How long it took until the memory was no more than that, or null.</summary>
    private static TimeSpan? AwaitMemory(MemoryWatch memory, long most)
    {
        var start = Stopwatch.GetTimestamp();
        while (!memory.HasEnded && Stopwatch.GetElapsedTime(start) < Aftermath)
        {
            // The canary's rest goes on meanwhile: cutting thousands at once is a part of the attack too.
            Thread.Sleep(Rest);
            if (memory.Now <= most)
            {
                return Stopwatch.GetElapsedTime(start);
            }
        }

        return null;
    }

    private long RoomForHistory() =>
        _visitor.AskHistory(Patience) is { } history ? Math.Max(0, history.Limit - history.Used) : UsualHistory;

    private static void ReportMemory(Report report, MemoryWatch memory, long before, long most, TimeSpan? back)
    {
        report.Add("server RSS before", MiB(before), "MiB");
        report.Add("server RSS at most", MiB(memory.Peak), "MiB");
        report.Add("server RSS after", MiB(memory.Now), "MiB");
        if (back is { } time)
        {
            report.Add("memory came back after", time.TotalSeconds, "s");
        }
        else if (!memory.HasEnded)
        {
            report.Fail($"memory did not come back within {Aftermath.TotalSeconds} s: {MiB(memory.Now):0} MiB, more than {MiB(most):0}");
        }
    }

    private static double MiB(long bytes) => bytes / 1048576.0;
}
