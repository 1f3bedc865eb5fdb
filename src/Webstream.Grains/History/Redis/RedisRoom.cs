using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// The approximate bound on what all streams together retain in Redis. The largest streams lose their oldest messages first. When each
/// is down to its newest message, the streams that have been quiet for longest lose theirs. The rule is the same as in memory.
/// </summary>
internal sealed class RedisRoom(RedisStreamHistories logs)
{
    /// <summary>What a stream takes in Redis besides its messages, in bytes: its keys, its entries in the list, blocks that are not full.</summary>
    public const long StreamWeight = 10 * 1024;

    // The default where no bound is set: Redis is no part of this process' memory, so there is no share.
    private const long UsualBytes = 256L * 1024 * 1024;

    private const int Page = 64;

    // After so many pages of streams in vain, each stream is taken to be down to its newest message.
    private const int MaxPages = 16;

    private readonly Lock gate = new();
    private Task keeping = Task.CompletedTask;
    private bool running;
    private bool again;
    private long maxMemory;

    /// <summary>
    /// The most that all streams take, in bytes. Never more than three quarters of Redis' own limit: the rest is for requests in flight, for
    /// subscriptions and the list of silos.
    /// </summary>
    public long Limit
    {
        get
        {
            var (set, most) = (logs.Options.TotalBytes ?? UsualBytes, Interlocked.Read(ref maxMemory) / 4 * 3);
            return most > 0 ? Math.Min(set, most) : set;
        }
    }

    /// <summary>How much may be appended before the list is updated, in bytes.</summary>
    public long Grain => Limit / 64;

    /// <summary>What all streams take, in bytes: the estimate that was read last.</summary>
    public long Used => logs.Index.Weight + (logs.Index.Streams * StreamWeight);

    /// <summary>Sets Redis' own limit, in bytes; 0 when it has none or it is not known.</summary>
    public void Bound(long maxMemoryOfRedis) => Interlocked.Exchange(ref maxMemory, maxMemoryOfRedis);

    /// <summary>Trims streams, if together they are over the limit, until they are well below it.</summary>
    public void Keep()
    {
        lock (gate)
        {
            if (Used <= Limit)
            {
                return;
            }

            again = running;
            if (!running)
            {
                running = true;
                keeping = Task.Run(KeepAsync);
            }
        }
    }

    /// <summary>Completed when no trimming is under way.</summary>
    public Task WaitAsync() => keeping;

    private async Task KeepAsync()
    {
        do
        {
            await TakeAsync();
        }
        while (IsOverAgain());
    }

    private bool IsOverAgain()
    {
        lock (gate)
        {
            running = again && Used > Limit;
            again = false;
            return running;
        }
    }

    private async Task TakeAsync()
    {
        try
        {
            // A tenth below the limit, so that not every later append searches for the largest again.
            var (before, target) = (Used, Limit / 10 * 9);
            var over = before - target;
            for (var page = 0; page < MaxPages && over > 0;)
            {
                var freed = await TakeFromLargestAsync(page * Page, over);
                over -= freed;
                // If a stream was trimmed, other streams are the largest now.
                page = freed > 0 ? 0 : page + 1;
            }

            while (over > 0 && await logs.Index.QuietestAsync(Page) is { Count: > 0 } quietest)
            {
                over -= await TakeAllAsync(quietest, over);
            }

            await logs.Index.FlushAsync();
        }
        catch (HistoryAwayException)
        {
            // Logged where it happened. The excess stays in the list, and is tried again at the next write of the list.
        }
    }

    private async Task<long> TakeFromLargestAsync(int skip, long over)
    {
        var freed = 0L;
        foreach (var (stream, weight) in await logs.Index.LargestAsync(skip, Page))
        {
            if (freed >= over)
            {
                break;
            }

            var meta = await logs.TrimAsync(stream, maxWeight: Math.Max(weight / 4 * 3, weight - over + freed));
            logs.Index.Note(stream, meta, atOnce: false);
            freed += Math.Max(0, weight - meta.RetainedWeight);
            if (freed > 0)
            {
                // It may still be the largest.
                break;
            }
        }

        await logs.Index.FlushAsync();
        return freed;
    }

    private async Task<long> TakeAllAsync(IReadOnlyList<StreamName> streams, long over)
    {
        var freed = 0L;
        foreach (var stream in streams)
        {
            if (freed >= over)
            {
                break;
            }

            var before = await logs.MetaAsync(stream);
            logs.Index.Note(stream, await logs.TrimAsync(stream, maxWeight: 0, keepNewest: false), atOnce: false);
            freed += before.RetainedWeight + StreamWeight;
        }

        await logs.Index.FlushAsync();
        return freed;
    }
}
