using System.Buffers;
using System.Collections.Concurrent;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Hubs;

/// <summary>
/// History below the gateway's own log, in pages that all replaying listeners share: read once, encoded once, one read in flight a page.
/// </summary>
/// <param name="grain">The stream's owner.</param>
/// <param name="epoch">The epoch in which the hub stands.</param>
/// <param name="observe">Tells the hub what each answer says of the stream, so that no listener can get ahead of it.</param>
internal sealed class HistoryPages(IStreamGrain grain, Func<ulong> epoch, Action<StreamStatus, ulong> observe)
{
    private const int MaxCached = 32;
    private const int MaxMessages = 256;
    private const int MaxBytes = 256 * 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<(ulong Epoch, long After), Task<EncodedPage>> pages = [];
    private readonly Queue<(ulong Epoch, long After)> oldestFirst = new();

    // Where pages ended that their bytes filled: places between the regular ones at which everybody goes on.
    private readonly HashSet<(ulong Epoch, long After)> ends = [];

    /// <summary>Reads a page that goes beyond a position, or, when there is nothing beyond, the one that ends there.</summary>
    public async Task<EncodedPage> ReadBeyondAsync(EventId position)
    {
        // Pages begin at fixed places, so that everybody reads the same ones.
        var after = BeginBefore(position);
        while (true)
        {
            var page = await GetAsync((position.Epoch, after), fresh: false);
            if (page.Last <= position.Sequence && page.Status.Epoch == position.Epoch && !page.IsFull)
            {
                // It was the newest page when it was read. More may have come.
                page = await GetAsync((position.Epoch, after), fresh: true);
            }

            if (page.Last > position.Sequence || page.Messages.Length == 0 || !page.IsFull || page.Status.Epoch != position.Epoch)
            {
                return page;
            }

            after = page.Last;
        }
    }

    /// <summary>Frees what was kept for listeners that have caught up.</summary>
    public void Clear()
    {
        lock (gate)
        {
            pages.Clear();
            oldestFirst.Clear();
            ends.Clear();
        }
    }

    private long BeginBefore(EventId position)
    {
        lock (gate)
        {
            return ends.Contains((position.Epoch, position.Sequence)) ? position.Sequence : position.Sequence / MaxMessages * MaxMessages;
        }
    }

    private Task<EncodedPage> GetAsync((ulong Epoch, long After) key, bool fresh)
    {
        lock (gate)
        {
            if (pages.TryGetValue(key, out var known) && !(fresh && known.IsCompleted) && (!known.IsCompleted || known.IsCompletedSuccessfully))
            {
                return known;
            }

            var reading = ReadAsync(key);
            if (!pages.ContainsKey(key))
            {
                oldestFirst.Enqueue(key);
                if (oldestFirst.Count > MaxCached)
                {
                    pages.Remove(oldestFirst.Dequeue());
                }
            }

            return pages[key] = reading;
        }
    }

    private async Task<EncodedPage> ReadAsync((ulong Epoch, long After) key)
    {
        // Off the gate, under which this was begun.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var epochWhenAsked = epoch();
        var page = new EncodedPage(await grain.Read(new(key.After, MaxMessages, MaxBytes)), MaxMessages, MaxBytes);
        observe(page.Status, epochWhenAsked);
        if (page.IsFull && page.Messages.Length < MaxMessages)
        {
            lock (gate)
            {
                ends.Add((key.Epoch, page.Last));
            }
        }

        return page;
    }
}

/// <summary>A page of history and, in each format that somebody asked for, its encoded frames.</summary>
internal sealed class EncodedPage(HistoryPage page, int maxMessages, int maxBytes)
{
    private readonly ConcurrentDictionary<FrameFormat, Lazy<(byte[] Bytes, int[] Starts)>> encoded = new();

    public StreamStatus Status => page.Status;

    public StreamMessage[] Messages => page.Messages;

    /// <summary>The sequence of the first message; 0 when there is none.</summary>
    public long First => Messages.Length == 0 ? 0 : Messages[0].Id.Sequence;

    /// <summary>The sequence of the last message; 0 when there is none.</summary>
    public long Last => Messages.Length == 0 ? 0 : Messages[^1].Id.Sequence;

    /// <summary>It ends because it is full, not because there was nothing more.</summary>
    public bool IsFull { get; } = page.Messages.Length >= maxMessages || page.Messages.Sum(m => m.Size) >= maxBytes;

    /// <summary>The frames of the messages after a sequence.</summary>
    public ReadOnlyMemory<byte> FramesAfter(long sequence, FrameFormat format)
    {
        var (bytes, starts) = encoded.GetOrAdd(format, f => new(() => Encode(f))).Value;
        return bytes.AsMemory(starts[Math.Max(0, sequence + 1 - First)]);
    }

    private (byte[] Bytes, int[] Starts) Encode(FrameFormat format)
    {
        var output = new ArrayBufferWriter<byte>();
        var starts = new int[Messages.Length];
        for (var i = 0; i < Messages.Length; i++)
        {
            starts[i] = output.WrittenCount;
            SseFrame.WriteMessage(output, Messages[i], format);
        }

        return (output.WrittenSpan.ToArray(), starts);
    }
}
