using Microsoft.Extensions.Hosting;

namespace Webstream.Grains.Memory;

/// <summary>
/// Asks to give memory back when it has become garbage: when a share of the budget falls from more than a quarter in use to less than a tenth,
/// and when the process becomes quiet after much allocation.
/// </summary>
public sealed class ShareWatch : IHostedService, IDisposable
{
    /// <summary>How often it looks. Memory that was in use for less than this is among the youngest garbage, which is collected first.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>
    /// When it asks once more after a share fell. The web server keeps its buffers for a while after their last use, and only then are they
    /// garbage.
    /// </summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(12);

    private readonly MemoryBudget budget;
    private readonly MemoryReturn memory;
    private readonly TimeProvider time;
    private readonly AllocationWatch allocations;
    private readonly HashSet<MemoryShare> high = [];
    private ITimer? timer;
    private long? fell;

    /// <param name="budget">The shares.</param>
    /// <param name="memory">Gives memory back.</param>
    /// <param name="time">The clock.</param>
    public ShareWatch(MemoryBudget budget, MemoryReturn memory, TimeProvider time)
        : this(budget, memory, time, static () => GC.GetTotalAllocatedBytes())
    {
    }

    /// <summary>For tests: with another count of allocated bytes.</summary>
    internal ShareWatch(MemoryBudget budget, MemoryReturn memory, TimeProvider time, Func<long> allocated) =>
        (this.budget, this.memory, this.time, allocations) = (budget, memory, time, new(budget.Limit / 4, allocated));

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        timer = time.CreateTimer(static state => ((ShareWatch)state!).Look(), this, Period, Period);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void Dispose() => timer?.Dispose();

    private void Look()
    {
        foreach (var share in budget.Shares)
        {
            if (share.Used > share.Limit / 4)
            {
                high.Add(share);
            }
            else if (share.Used < share.Limit / 10 && high.Remove(share))
            {
                fell = time.GetTimestamp();
                memory.Ask();
            }
        }

        if (allocations.Look())
        {
            memory.Ask();
        }

        if (fell is { } since && time.GetElapsedTime(since) >= Again)
        {
            fell = null;
            memory.Ask();
        }
    }
}
