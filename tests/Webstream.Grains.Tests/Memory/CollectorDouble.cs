using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

/// <summary>Counts the collections that are requested.</summary>
internal sealed class CollectorDouble : ICollector
{
    public long Alive { get; set; } = long.MaxValue;

    public TimeSpan ProcessorTime { get; set; }

    public int Collections { get; private set; }

    public int Compactions { get; private set; }

    public void Collect() => Collections++;

    public void Compact() => Compactions++;
}
