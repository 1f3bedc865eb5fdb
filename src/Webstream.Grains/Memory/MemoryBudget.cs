using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Webstream.Grains.History;

namespace Webstream.Grains.Memory;

/// <summary>
/// The memory that clients can make this process hold, in shares of its memory limit. A process has one budget: a gateway and its embedded
/// silo share it. Meter <c>Webstream.Memory</c>.
/// </summary>
public sealed class MemoryBudget
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "Webstream.Memory";

    private const double HistoryPart = 0.35;

    /// <param name="options">The settings.</param>
    /// <param name="log">The setting of the history's share.</param>
    /// <param name="meters">Creates the meter that shows the shares.</param>
    public MemoryBudget(IOptions<MemoryOptions> options, IOptions<HistoryOptions> log, IMeterFactory meters)
    {
        var set = options.Value;
        Limit = set.Limit > 0 ? set.Limit : MemoryLimit.OfProcess();
        // The rest is for the runtime, the code, and data in transit from one share to another.
        History = new("history", Part(log.Value.TotalBytes ?? 0, HistoryPart));
        Waiting = new("waiting", Part(set.Waiting, 0.06));
        Connections = new("connections", Part(set.Connections, 0.10));
        Bodies = new("bodies", Part(set.Bodies, 0.06));
        Held = new("held", Part(set.Held, 0.10));
        Replays = new("replays", Part(set.Replays, 0.08));
        Frames = new("frames", Part(set.Frames, 0.10));
        Show(meters.Create(MeterName));

        long Part(long chosen, double fraction) => chosen > 0 ? chosen : (long)(Limit * fraction);
    }

    /// <summary>The limit that the shares' defaults follow, in bytes.</summary>
    public long Limit { get; }

    /// <summary>How many streams with an owner each half of the history's usual share carries.</summary>
    public int MaxOwners => (int)Math.Clamp(Limit * HistoryPart / 2 / MessageWeight.Owner, 1, int.MaxValue);

    /// <summary>
    /// Retained messages, their keys, and the owners of their streams, by what they weigh in memory. Its limit is <c>Webstream__Log__TotalBytes</c>,
    /// or a part of <see cref="Limit"/>.
    /// </summary>
    public MemoryShare History { get; }

    /// <inheritdoc cref="MemoryOptions.Waiting"/>
    public MemoryShare Waiting { get; }

    /// <inheritdoc cref="MemoryOptions.Connections"/>
    public MemoryShare Connections { get; }

    /// <inheritdoc cref="MemoryOptions.Bodies"/>
    public MemoryShare Bodies { get; }

    /// <inheritdoc cref="MemoryOptions.Held"/>
    public MemoryShare Held { get; }

    /// <inheritdoc cref="MemoryOptions.Replays"/>
    public MemoryShare Replays { get; }

    /// <inheritdoc cref="MemoryOptions.Frames"/>
    public MemoryShare Frames { get; }

    /// <summary>Every share.</summary>
    public IReadOnlyList<MemoryShare> Shares => [History, Waiting, Connections, Bodies, Held, Replays, Frames];

    private void Show(Meter meter)
    {
        meter.CreateObservableGauge("webstream.memory.used", () => Measure(share => share.Used), "By", "Memory in use, by share");
        meter.CreateObservableGauge("webstream.memory.limit", () => Measure(share => share.Limit), "By", "How much of each share may be in use");
        meter.CreateObservableCounter("webstream.memory.refused", () => Measure(share => share.Refused), "{refusal}", "What was refused because a share was used up");

        IEnumerable<Measurement<long>> Measure(Func<MemoryShare, long> value) =>
            Shares.Select(share => new Measurement<long>(value(share), new KeyValuePair<string, object?>("share", share.Name)));
    }
}
