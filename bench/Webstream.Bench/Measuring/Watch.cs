using System.Diagnostics;

namespace Webstream.Bench.Measuring;

/// <summary>Samples the server while it works, to see whether its memory grows.</summary>
/// <param name="duration">How long the work takes.</param>
/// <param name="mostGrowth">The MiB by which the memory may grow after the first minute, or null for any.</param>
internal sealed class Watch(TimeSpan duration, double? mostGrowth) : IDisposable
{
    // The memory that a process takes at first is not growth. A run of less than four minutes has a shorter first minute.
    private readonly double _first = Math.Min(60, duration.TotalSeconds / 4);
    private readonly List<(double Seconds, ServerProcess.Sample Server)> _samples = [];
    private readonly ManualResetEventSlim _end = new();
    private Thread? _thread;

    public void Start(ServerProcess server)
    {
        var interval = TimeSpan.FromSeconds(Math.Clamp(duration.TotalSeconds / 200, 0.05, 1));
        var start = Stopwatch.GetTimestamp();
        _thread = new Thread(() =>
        {
            try
            {
                do
                {
                    _samples.Add((Stopwatch.GetElapsedTime(start).TotalSeconds, server.Read()));
                }
                while (!_end.Wait(interval));
            }
            catch (UsageException)
            {
                // The server has ended. The caller that measures it sees that too.
            }
        })
        { Name = "watch", IsBackground = true };
        _thread.Start();
    }

    public void Stop()
    {
        _end.Set();
        _thread!.Join();
    }

    public void Report(Report report)
    {
        // Garbage collections move the memory up and down, so a point in time is the mean of the samples around it.
        var (start, last) = (_samples[0], _samples[^1]);
        var window = _first / 2;
        var early = Mean(_first, _first + window);
        var late = Mean(last.Seconds - window, last.Seconds);
        report.Add("server CPU while watched", (last.Server.CpuSeconds - start.Server.CpuSeconds) * 100 / last.Seconds, "% of a core");
        report.Add("RSS after the first minute", early, "MiB");
        report.Add("RSS in the end", late, "MiB");
        report.Add("RSS at most", _samples.Max(s => MiB(s.Server)), "MiB");
        report.Add("growth", late - early, "MiB");
        report.Add("slope", Slope(), "MiB/minute");
        if (late - early > mostGrowth)
        {
            report.Fail($"the server's memory grew by {late - early:0.0} MiB, more than {mostGrowth}");
        }
    }

    public void Dispose() => _end.Dispose();

    private static double MiB(ServerProcess.Sample sample) => sample.ResidentBytes / 1048576.0;

    private double Mean(double from, double to) =>
        _samples.Where(s => s.Seconds >= from && s.Seconds <= to).Select(s => MiB(s.Server)).DefaultIfEmpty(MiB(_samples[^1].Server)).Average();

    /// <summary>The slope of the straight line that best fits the samples after the first minute.</summary>
    private double Slope()
    {
        var points = _samples.Where(s => s.Seconds >= _first).Select(s => (X: s.Seconds / 60, Y: MiB(s.Server))).ToList();
        if (points.Count < 2)
        {
            return 0;
        }

        var (x, y) = (points.Average(p => p.X), points.Average(p => p.Y));
        return points.Sum(p => (p.X - x) * (p.Y - y)) / points.Sum(p => (p.X - x) * (p.X - x));
    }
}
