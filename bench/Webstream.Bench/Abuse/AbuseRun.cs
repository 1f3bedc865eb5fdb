using System.Diagnostics;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Abuse;

/// <summary>The settings that all runs share.</summary>
/// <param name="Server">The gateway's process.</param>
/// <param name="Key">The key for pushing, where the gateway wants one.</param>
/// <param name="Stream">The canary's stream.</param>
/// <param name="MaxWait">How long the canary may wait for an answer or a message.</param>
internal sealed record AbuseSettings(ServerProcess Server, string? Key, string Stream, TimeSpan MaxWait);

/// <summary>One scenario against a gateway, with the canary beside it, and what it did.</summary>
internal sealed class AbuseRun(Attack attack, Scenario scenario, AbuseSettings settings)
{
    private const double MaxLeft = 1.3;

    // A factor on the bytes that the gateway counts for retained messages, for the space between them in the heap.
    private const double MaxForHistory = 1.5;

    // The history that a gateway may have by default, where it does not report how much it has.
    private const long UsualHistory = 256 * 1024 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan VisitEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan VisitPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(500);

    private readonly Visitor _visitor = new(attack.Target);
    private int _visits;
    private int _turnedAway;

    /// <summary>Whether the only failure was that the canary waited too long, which other work of the machine can cause too.</summary>
    public bool OnlyWaited { get; private set; }

    /// <summary>Runs the scenario. Returns the report, and whether the gateway is fit for another scenario.</summary>
    public (Report Report, bool Fit) Run()
    {
        var report = new Report($"{scenario.Name}: {scenario.Summary}; {attack.Duration.TotalSeconds} s, {attack.Target.Host}");
        return (report, Run(report));
    }

    private bool Run(Report report)
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

        settings.Server.Settle(Rest);
        using var memory = new MemoryWatch(settings.Server);
        using var canary = new Canary(attack.Target, settings.Key, settings.Stream, scenario.MayRefuse);
        if (!canary.Start(Patience))
        {
            report.Fail("the canary's listener was not greeted, before any attack");
            canary.Stop(TimeSpan.Zero);
            return false;
        }

        Thread.Sleep(Rest);
        var before = memory.Now;
        var history = scenario.Retains ? _visitor.AskHistory(Patience) : null;
        Assail(memory);
        var most = (long)(before * MaxLeft) + (scenario.Retains ? AllowanceFor(history) : 0);
        var ended = Stopwatch.GetTimestamp();
        AwaitMemory(memory, most, ended);
        var accepts = !memory.HasEnded && _visitor.IsReceived(Patience);
        canary.Stop(memory.HasEnded ? TimeSpan.Zero : Patience);
        // Requests that were still under way may have made the memory grow again.
        var back = AwaitMemory(memory, most, ended);
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

        OnlyWaited = canary.Report(report, settings.MaxWait) && report.ExitCode != 0;
        return accepts;
    }

    /// <summary>Runs the attack, with a visitor that connects every second.</summary>
    private void Assail(MemoryWatch memory)
    {
        // For a person who waits: a run takes a minute, and its report comes at the end.
        Console.Error.WriteLine($"{scenario.Name} begins");
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

    /// <summary>How long after the attack the memory was at most this, or null. The canary continues: the end is part of the attack.</summary>
    private static TimeSpan? AwaitMemory(MemoryWatch memory, long most, long ended)
    {
        do
        {
            Thread.Sleep(Rest);
            if (!memory.HasEnded && memory.Now <= most)
            {
                return Stopwatch.GetElapsedTime(ended);
            }
        }
        while (!memory.HasEnded && Stopwatch.GetElapsedTime(ended) < Aftermath);

        return null;
    }

    /// <summary>The memory that the attacker's messages may take. It reveals a gateway that counts less than they take.</summary>
    private long AllowanceFor(long? historyBefore) =>
        historyBefore is { } had && _visitor.AskHistory(Patience) is { } has ? (long)(Math.Max(0, has - had) * MaxForHistory) : UsualHistory;

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
