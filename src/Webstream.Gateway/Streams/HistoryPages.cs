using Webstream.Gateway.Memory;
using Webstream.Gateway.Signing;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// The history before the frames that listeners follow on this gateway, in pages that all replaying listeners of a format share. A page is read
/// once and encoded once; there is one read in flight for each page. Pages are charged; a read waits until there is memory for it.
/// </summary>
/// <param name="owner">The stream's owner.</param>
/// <param name="memory">The memory that pages are charged to.</param>
/// <param name="secret">Signs the ids in pages for listeners that may not read history: they resume by an id that they were given.</param>
/// <param name="time">The clock.</param>
internal sealed class HistoryPages(StreamOwner owner, FrameMemory memory, EventIdSecret secret, TimeProvider time)
{
    private const int MaxCached = 32;
    private const int MaxMessages = 256;
    private const int MaxBytes = 256 * 1024;

    // During a read: the messages as the owner sends them, and their frames. Afterwards only the frames are left.
    private static readonly long WeightOfRead = GatewayMemory.WeightOfMessages(MaxMessages, MaxBytes) + (2 * MaxBytes);

    private readonly Lock gate = new();
    private readonly Dictionary<Key, Task<EncodedPage>> pages = [];
    private readonly Queue<Key> oldestFirst = new();

    // Where pages ended because their bytes were full. These places lie between the regular ones, and every reader goes on from them.
    private readonly HashSet<(ulong Epoch, long After)> ends = [];

    private readonly record struct Key(ulong Epoch, long After, FrameFormat Format);

    /// <summary>When a page was last asked for.</summary>
    public long LastUsed { get; private set; }

    /// <summary>
    /// Reads a page that goes beyond a position. When there is nothing beyond, it reads the page that ends there. The caller disposes the page
    /// after reading it.
    /// </summary>
    public async Task<EncodedPage> ReadBeyondAsync(EventId position, FrameFormat format, CancellationToken cancellationToken)
    {
        LastUsed = time.GetTimestamp();
        // Pages begin at fixed places, so that all listeners read the same pages.
        var after = BeginBefore(position);
        while (true)
        {
            var key = new Key(position.Epoch, after, format);
            var page = await UseAsync(key, fresh: false, cancellationToken);
            if (page.Last <= position.Sequence && page.Status.Epoch == position.Epoch && !page.IsFull)
            {
                // It was the newest page when it was read. More messages may have come since.
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

    /// <summary>Gives up the pages that were kept for listeners that have caught up.</summary>
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

            // The cache gave the page up before this caller could use it: there is a new page, or will be.
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
        // Leaves the gate, under which this call began.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var charge = memory.Pages.ChargeFor(default);
        try
        {
            await memory.HoldPageAsync(charge, WeightOfRead);
            // StreamOwner also tells the stream the status in the answer, so that no listener can get ahead of the stream.
            var answer = await owner.ReadAsync(new(key.After, MaxMessages, MaxBytes));
            var isFull = answer.Messages.Length >= MaxMessages || answer.Messages.Sum(m => m.Size) >= MaxBytes;
            var page = new EncodedPage(answer, key.Format, key.Format.HasSignedIds ? secret.Signer : null, isFull, charge);
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
