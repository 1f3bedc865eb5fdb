namespace Webstream.Bench.Measuring;

/// <summary>The server's resident memory at the three points that matter.</summary>
internal static class ServerMemory
{
    // With fewer connections, a garbage collection or a compilation changes the memory more than the connections do.
    private const int FewestForAShare = 100;

    public static void Report(
        Report report,
        ServerProcess.Sample before,
        ServerProcess.Sample open,
        ServerProcess.Sample after,
        int connected)
    {
        report.Add("server RSS before", before.ResidentBytes / 1048576.0, "MiB");
        if (connected > 0)
        {
            report.Add("server RSS when connected", open.ResidentBytes / 1048576.0, "MiB");
        }

        report.Add("server RSS at the end", after.ResidentBytes / 1048576.0, "MiB");
        if (connected >= FewestForAShare)
        {
            report.Add("per connection when connected", (open.ResidentBytes - before.ResidentBytes) / 1024.0 / connected, "KiB");
            report.Add("per connection at the end", (after.ResidentBytes - before.ResidentBytes) / 1024.0 / connected, "KiB");
        }
    }
}
