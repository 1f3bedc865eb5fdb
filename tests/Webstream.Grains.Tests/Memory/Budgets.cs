using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;
using Webstream.Grains.History;
using Webstream.Grains.Memory;

namespace Webstream.Grains.Tests.Memory;

/// <summary>Memory budgets for tests.</summary>
internal static class Budgets
{
    /// <summary>A share that has room for everything.</summary>
    public static MemoryShare Share(long limit = long.MaxValue) => new("test", limit);

    /// <summary>A budget like that of a process.</summary>
    public static MemoryBudget Of(HistoryOptions? log = null, MemoryOptions? memory = null) =>
        new(Options.Create(memory ?? new() { Limit = 1L << 31 }), Options.Create(log ?? new()), new Meters());

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose()
        {
        }
    }
}
