using Webstream.Gateway.Memory;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// History below what is followed on this gateway, in pages that all replaying listeners of a format share: read once, encoded once, one read in flight
/// a page. Pages are charged; a read waits until there is room for it.
/// </summary>
/// <param name="owner">The stream's owner.</param>
/// <param name="memory">Where there is room for pages.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryPages(StreamOwner owner, FrameMemory memory, TimeProvider time)
{
    private const int MaxCached = 32;
    private const int MaxMessages = 256;
    private const int MaxBytes = 256 * 1024;

    // The messages as they come, and their frames, until only these are left.
    private static readonly long WeightOfRead = GatewayMemory.WeightOfMessages(MaxMessages, MaxBytes) + (2 * MaxBytes);

    private readonly Lock gate = new();
    private readonly Dictionary<Key, Task<EncodedPage>> pages = [];
    private readonly Queue<Key> oldestFirst = new();

    // Where pages ended that their bytes filled: places between the regular ones at which everybody goes on.
    private readonly HashSet<(ulong Epoch, long After)> ends = [];

    private readonly record struct Key(ulong Epoch, long After, FrameFormat Format);

    /// <summary>When somebody read a page last.</summary>
    public long LastUsed { get; private set; }

    /// <summary>
    /// Reads a page that goes beyond a position, or, when there is nothing beyond, the one that ends there. The caller disposes it when it has
    /// read it.
    /// </summary>
    public async Task<EncodedPage> ReadBeyondAsync(EventId position, FrameFormat format, CancellationToken cancellationToken)
    {
        LastUsed = time.GetTimestamp();
        // Pages begin at fixed places, so that everybody reads the same ones.
        var after = BeginBefore(position);
        while (true)
        {
            var key = new Key(position.Epoch, after, format);
            var page = await UseAsync(key, fresh: false, cancellationToken);
            if (page.Last <= position.Sequence && page.Status.Epoch == position.Epoch && !page.IsFull)
            {
                // It was the newest page when it was read. More may have come.
                page.Dispose();
                page = await UseAsync(key, fresh: true, cancellationToken);
            }

            if (page.Last > position.Sequence || page.Count == 0 || !page.IsFull || page.Status.Epoch != position.Epoch)
            {
                return page;
            }

            after = page.Last;
            page.Dispose();
        }
    }

    /// <summary>Gives up what was kept for listeners that have caught up.</summary>
    public void Clear()
    {
        Task<EncodedPage>[] kept;
        lock (gate)
        {
            kept = [.. pages.Values];
            pages.Clear();
            oldestFirst.Clear();
            ends.Clear();
        }

        Array.ForEach(kept, GiveUp);
    }

    private long BeginBefore(EventId position)
    {
        lock (gate)
        {
            return ends.Contains((position.Epoch, position.Sequence)) ? position.Sequence : position.Sequence / MaxMessages * MaxMessages;
        }
    }

    private async Task<EncodedPage> UseAsync(Key key, bool fresh, CancellationToken cancellationToken)
    {
        while (true)
        {
            var page = await GetAsync(key, fresh).WaitAsync(cancellationToken);
            if (page.TryUse())
            {
                return page;
            }

            // It was given up before we could take it: there is another one, or will be.
        }
    }

    private Task<EncodedPage> GetAsync(Key key, bool fresh)
    {
        Task<EncodedPage>? replaced = null;
        Task<EncodedPage> reading;
        lock (gate)
        {
            if (pages.TryGetValue(key, out var known))
            {
                if (!(fresh && known.IsCompleted) && (!known.IsCompleted || known.IsCompletedSuccessfully))
                {
                    return known;
                }

                replaced = known;
            }
            else
            {
                oldestFirst.Enqueue(key);
                if (oldestFirst.Count > MaxCached)
                {
                    pages.Remove(oldestFirst.Dequeue(), out replaced);
                }
            }

            pages[key] = reading = ReadAsync(key);
        }

        if (replaced is not null)
        {
            GiveUp(replaced);
        }

        return reading;
    }

    private static void GiveUp(Task<EncodedPage> kept) => kept.ContinueWith(
        static page => page.Result.Dispose(), CancellationToken.None,
        TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<EncodedPage> ReadAsync(Key key)
    {
        // Off the gate, under which this was begun.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var charge = memory.Pages.ChargeFor(default);
        try
        {
            await memory.HoldPageAsync(charge, WeightOfRead);
            // The owner tells the stream what its answer says, so that no listener can get ahead of it.
            var answer = await owner.ReadAsync(new(key.After, MaxMessages, MaxBytes));
            var isFull = answer.Messages.Length >= MaxMessages || answer.Messages.Sum(m => m.Size) >= MaxBytes;
            var page = new EncodedPage(answer, key.Format, isFull, charge);
            if (isFull && page.Count < MaxMessages)
            {
                lock (gate)
                {
                    ends.Add((key.Epoch, page.Last));
                }
            }

            return page;
        }
        catch
        {
            charge.Dispose();
            throw;
        }
    }
}
