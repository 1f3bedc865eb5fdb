namespace Webstream.Gateway.Streams;

/// <summary>
/// Evicts when what a gateway keeps of streams fills its share. The least used goes first: streams that nobody needs, pages that nobody reads,
/// frames kept for listeners that reconnect. Then slow listeners are cut; they come back and resume.
/// </summary>
/// <param name="memory">The share.</param>
/// <param name="entries">The streams that are on this gateway.</param>
/// <param name="close">Closes a stream that nobody needs.</param>
/// <param name="time">The clock.</param>
internal sealed class GivingWay(
    FrameMemory memory, Func<IEnumerable<StreamEntry>> entries, Action<StreamEntry> close, TimeProvider time) : IDisposable
{
    // Between two runs: each run goes over all streams.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Lock gate = new();
    private ITimer? timer;
    private long last = time.GetTimestamp();
    private bool isPlanned;
    private bool isOver;

    /// <summary>Evicts if memory is short: now, or when the pause since the last run is over.</summary>
    public void RunSoon()
    {
        if (Pause - time.GetElapsedTime(Volatile.Read(ref last)) is var left && left > TimeSpan.Zero)
        {
            Plan(left);
        }
        else
        {
            Run();
        }
    }

    /// <summary>Evicts if memory is short.</summary>
    public void Run()
    {
        Volatile.Write(ref last, time.GetTimestamp());
        GiveWhile(() => memory.NeedsRoom, entry => entry.IsIdle ? entry.IdleSince : null, close);
        GiveWhile(() => memory.NeedsRoom, entry => entry.Stream!.History.LastUsed, entry => entry.Stream!.History.Clear());
        GiveWhile(() => memory.IsTight, entry => entry.Stream!.Frames.Followers, entry => entry.Stream!.Frames.Trim());
        // Listeners are cut on a turn of their shard: the memory that they keep is not free yet when the next stream is looked at.
        var over = memory.Over;
        GiveWhile(
            () => over > 0,
            entry => entry.Stream!.Frames.KeptByListeners is > 0 and var kept ? -kept : null,
            entry =>
            {
                over -= entry.Stream!.Frames.KeptByListeners;
                entry.Stream!.Frames.CutMostBehind();
            });
        if (memory.HasWaiting)
        {
            // What is in use now may be unused a moment later.
            Plan(Pause);
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
            timer?.Dispose();
        }
    }

    private void Plan(TimeSpan after)
    {
        lock (gate)
        {
            if (isPlanned || isOver)
            {
                return;
            }

            isPlanned = true;
            timer ??= time.CreateTimer(static state => ((GivingWay)state!).RunAsPlanned(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            timer.Change(after, Timeout.InfiniteTimeSpan);
        }
    }

    private void RunAsPlanned()
    {
        lock (gate)
        {
            isPlanned = false;
        }

        Run();
    }

    private void GiveWhile(Func<bool> isNeeded, Func<StreamEntry, long?> order, Action<StreamEntry> give)
    {
        if (!isNeeded())
        {
            return;
        }

        foreach (var (entry, _) in entries().Select(entry => (entry, Order: order(entry))).Where(e => e.Order is not null).OrderBy(e => e.Order))
        {
            give(entry);
            if (!isNeeded())
            {
                return;
            }
        }
    }
}
