using System.CommandLine;
using Webstream.Bench;
using Webstream.Bench.Commands;

if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
{
    Console.Error.WriteLine("The bench speaks to epoll and /proc: it runs on 64-bit Linux only.");
    return 2;
}

var root = new RootCommand("Load on a Webstream gateway, and the reckoning: what was pushed against what was received.")
{
    TrafficCommand.Fanout(),
    TrafficCommand.Paced(),
    TrafficCommand.Latency(),
    TrafficCommand.Publish(),
    TrafficCommand.Cluster(),
    TrafficCommand.Slow(),
    TrafficCommand.Soak(),
    IdleCommand.Create(),
    ConnectCommand.Create(),
    ReplayCommand.Create(),
    AbuseCommand.Create(),
};

try
{
    return root.Parse(args).Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (UsageException e)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
