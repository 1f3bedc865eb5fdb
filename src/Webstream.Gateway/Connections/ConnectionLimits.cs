using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Connections;

/// <summary>How many connections there may be.</summary>
/// <param name="Usual">Connections for requests of any kind.</param>
/// <param name="Reserve">Additional connections for short requests, when the usual ones are taken.</param>
internal readonly record struct ConnectionLimits(int Usual, int Reserve)
{
    /// <summary>With fewer files than this the gateway does not even start: it has some 340 open at rest, most of them assemblies.</summary>
    public const int LeastFiles = 420;

    private const int Least = 16;
    private const int MaxReserve = 256;
    private const int NotLimited = 10_000_000;

    /// <summary>The usual connections and the reserve together.</summary>
    public int Total => Usual + Reserve;

    /// <summary>Refuses to start with too few files. Without it the runtime would fail later for want of files, with a trace.</summary>
    /// <exception cref="StartRefusedException">The limit is too small.</exception>
    public static void RefuseTooFewFiles()
    {
        if (OpenFiles.Limit is { } limit && limit < LeastFiles)
        {
            throw TooFew(limit, LeastFiles);
        }
    }

    /// <summary>What the settings and the system allow.</summary>
    /// <param name="max">The setting; 0: as many as the files allow.</param>
    /// <param name="files">How many files the process may open; none: the number is not limited.</param>
    /// <param name="own">How many files the process has open that are no connections.</param>
    /// <exception cref="StartRefusedException">Too few files are left.</exception>
    public static ConnectionLimits Of(int max, int? files, int own)
    {
        var total = max > 0 ? max : NotLimited;
        if (files is { } limit)
        {
            var left = limit - own - SpareOf(limit);
            total = left >= Least ? Math.Min(total, left) : throw TooFew(limit, own + SpareOf(limit) + Least);
        }

        var reserve = Math.Clamp(total / 8, 1, MaxReserve);
        return new(Math.Max(1, total - reserve), reserve);
    }

    // For what the process opens later: assemblies that it needs then, files, connections to silos and Redis.
    private static int SpareOf(int files) => Math.Clamp(files / 16, 48, 512);

    private static StartRefusedException TooFew(int limit, int needed) => new(
        $"This process may open {limit} files, and needs {needed} to begin with and one more for each connection. Raise the limit, for example with ulimit -n 4096.");
}
