using System.CommandLine;
using Webstream.Bench.Listening;
using Webstream.Bench.Measuring;

namespace Webstream.Bench.Commands;

/// <summary>Measures the time until many listeners are all connected.</summary>
internal static class ConnectCommand
{
    public static Command Create()
    {
        var common = new CommonOptions(listeners: 1000);
        var command = new Command("connect", "How long until all listeners have their 'Connected at'");
        common.AddTo(command);
        command.SetAction(arguments => Run(common, arguments));
        return command;
    }

    private static int Run(CommonOptions common, ParseResult arguments)
    {
        var settings = common.ReadListeners(arguments);
        var server = common.ReadServer(arguments);
        var report = new Report($"connect: {settings.Count} listeners to {settings.Where}");
        var before = server.Read();
        using var listeners = Listeners.Open(settings, new Marker());
        var after = server.Read();
        listeners.Stop();

        var connected = listeners.Connected;
        report.Add("listeners connected", connected, $"of {settings.Count}");
        if (connected > 0)
        {
            report.Add("until all were connected", listeners.ConnectDuration.TotalSeconds, "s");
            report.Add("connect rate", connected / listeners.ConnectDuration.TotalSeconds, "listeners/s");
        }

        report.AddLatency("each", listeners.ConnectTime);
        if (server.Known && connected > 0)
        {
            report.Add("server CPU", (after.CpuSeconds - before.CpuSeconds) * 1e6 / connected, "µs/listener");
            report.Add("server RSS before", before.ResidentBytes / 1048576.0, "MiB");
            report.Add("server RSS when connected", after.ResidentBytes / 1048576.0, "MiB");
        }

        if (connected < settings.Count)
        {
            report.Fail($"{settings.Count - connected} listeners did not get their greeting");
        }

        report.FailEach(listeners.Failures.Describe());
        return common.Print(arguments, report);
    }
}
