using Microsoft.Extensions.Hosting;

namespace Webstream.Grains.Memory;

/// <summary>
/// Has memory given back when what held it is gone: once a share of the budget that was more than a quarter in use is hardly in use any more.
/// </summary>
/// <param name="budget">The shares.</param>
/// <param name="memory">Who gives back.</param>
/// <param name="time">The clock.</param>
public sealed class ShareWatch(MemoryBudget budget, MemoryReturn memory, TimeProvider time) : IHostedService, IDisposable
{
    /// <summary>How often it looks. What was in use for less than this is with the youngest garbage, which is collected first.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The web server keeps its buffers for a while after they were last used; they are garbage only then. So there is a second look.
    /// </summary>
    public static readonly TimeSpan Again = TimeSpan.FromSeconds(12);

    private readonly HashSet<MemoryShare> high = [];
    private ITimer? timer;
    private long? fell;

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

        if (fell is { } since && time.GetElapsedTime(since) >= Again)
        {
            fell = null;
            memory.Ask();
        }
    }
}
