using System.Globalization;

namespace Webstream.Grains.Memory;

/// <summary>How much memory this process may use.</summary>
public static class MemoryLimit
{
    private const long MaxWithoutLimit = 2L * 1024 * 1024 * 1024;

    /// <summary>
    /// The limit that a container or the runtime's settings set, in bytes. Without one: the smaller of a quarter of the machine's memory and
    /// 2 GiB, because the machine has other work.
    /// </summary>
    public static long OfProcess() => Of(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, OfMachine());

    /// <summary>The limit, from what the collector may use and what the machine has (none: not known).</summary>
    internal static long Of(long available, long? machine) =>
        available < (machine ?? available) ? available : Math.Min(available / 4, MaxWithoutLimit);

    private static long? OfMachine()
    {
        const string Total = "MemTotal:";
        if (!File.Exists("/proc/meminfo") || File.ReadLines("/proc/meminfo").FirstOrDefault(l => l.StartsWith(Total, StringComparison.Ordinal)) is not { } line)
        {
            return null;
        }

        return long.Parse(line.AsSpan(Total.Length).Trim().TrimEnd(" kB"), CultureInfo.InvariantCulture) * 1024;
    }
}
