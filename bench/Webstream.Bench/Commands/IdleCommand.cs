using System.CommandLine;
using System.Diagnostics;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Commands;

/// <summary>Measures what the server uses while nothing is pushed.</summary>
internal static class IdleCommand
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var common = new CommonOptions(listeners: 1000);
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long to watch",
            DefaultValueFactory = _ => 30,
        };
        var command = new Command("idle", "What the server uses while nothing is pushed; --listeners 0 for the bare gateway") { seconds };
        common.AddTo(command);
        command.SetAction(arguments => Run(common, arguments, CommonOptions.InRange("--seconds", arguments.GetValue(seconds), 1, 86_400)));
        return command;
    }

    private static int Run(CommonOptions common, ParseResult arguments, int seconds)
    {
        var settings = common.ReadListeners(arguments);
        var server = common.ReadServer(arguments);
        if (!server.Known)
        {
            throw new UsageException("idle needs --pid: it reports what the server's process uses");
        }

        var report = new Report($"idle: {settings.Count} listeners on {settings.Where} for {seconds} s");
        var before = server.Read();
        using var listeners = Listeners.Open(settings, new Marker());
        var connected = listeners.Connected;
        var closed = listeners.Closed;

        // The work of connecting must not count as idle work.
        server.Settle(Settle);
        var open = server.Read();
        var start = Stopwatch.GetTimestamp();
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        var after = server.Read();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var ended = listeners.Closed - closed;
        listeners.Stop();

        report.Add("listeners connected", connected, $"of {settings.Count}");
        report.Add("listeners the server ended", ended);
        report.Add("server CPU", (after.CpuSeconds - open.CpuSeconds) * 100 / elapsed.TotalSeconds, "% of a core");
        ServerMemory.Report(report, before, open, after, connected);
        if (connected < settings.Count)
        {
            report.Fail($"{settings.Count - connected} listeners did not get their greeting");
        }

        report.FailEach(listeners.Failures.Describe());
        return common.Print(arguments, report);
    }
}
