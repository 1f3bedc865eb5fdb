using System.Globalization;

namespace Webstream.Bench.Measuring;

/// <summary>
/// The figures of the server in /proc; several processes (workers) are summed. The resident set does not include the bytes that the
/// kernel keeps in socket buffers.
/// </summary>
internal sealed class ServerProcess(IReadOnlyList<int> pids)
{
    // The unit of /proc/P/stat: fixed at 100 a second on every machine that .NET runs on.
    private const double ClockTicksPerSecond = 100;

    // The server rests when it uses a smaller share of a core than this.
    private const double RestingShare = 0.05;
    private const int MaxLooks = 40;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(500);

    public bool Known => pids.Count > 0;

    public Sample Read()
    {
        var sample = new Sample(0, 0);
        foreach (var pid in pids)
        {
            sample = new Sample(sample.CpuSeconds + ReadCpu(pid), sample.ResidentBytes + ReadResident(pid));
        }

        return sample;
    }

    /// <summary>
    /// Waits until the server rests. Background compilation, garbage collection and clean-up after the last work belong to that work, not to
    /// the next measurement.
    /// </summary>
    public void Settle(TimeSpan least)
    {
        Thread.Sleep(least);
        if (!Known)
        {
            return;
        }

        var last = Read().CpuSeconds;
        for (var looks = 0; looks < MaxLooks; looks++)
        {
            Thread.Sleep(BetweenLooks);
            var now = Read().CpuSeconds;
            if (now - last < BetweenLooks.TotalSeconds * RestingShare)
            {
                return;
            }

            last = now;
        }
    }

    private static double ReadCpu(int pid)
    {
        var stat = ReadFile(pid, "stat");

        // The second field is the command's name in brackets. The name itself may hold blanks and brackets.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        const int UserTime = 14 - 3;
        return (Number(fields[UserTime]) + Number(fields[UserTime + 1])) / ClockTicksPerSecond;
    }

    private static long ReadResident(int pid)
    {
        const string Name = "VmRSS:";
        var line = ReadFile(pid, "status").Split('\n').FirstOrDefault(l => l.StartsWith(Name, StringComparison.Ordinal))
            ?? throw new UsageException($"--pid {pid}: the process has ended");
        return Number(line[Name.Length..].Replace("kB", "", StringComparison.Ordinal).Trim()) * 1024;
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    private static string ReadFile(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{name}");
        }
        catch (IOException e)
        {
            throw new UsageException($"--pid {pid}: {e.Message}");
        }
    }

    internal readonly record struct Sample(double CpuSeconds, long ResidentBytes);
}
