using System.Text.Json;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>A page of the list of streams, and its JSON.</summary>
internal sealed class ListedStreams(StreamList list)
{
    private readonly Lazy<byte[]> json = new(() => JsonSerializer.SerializeToUtf8Bytes(list, WireJson.Instance.StreamList));

    public StreamList List => list;

    /// <summary>Made once, however many ask.</summary>
    public ReadOnlyMemory<byte> Json => json.Value;
}

/// <summary>
/// The list of streams, in pages. Each is read at most once in <see cref="Fresh"/> and given to all who ask meanwhile: a page of a thousand
/// streams costs a thousand times as much as most other answers, and anybody may ask for it.
/// </summary>
internal sealed class StreamLists(IGrainFactory grains, TimeProvider time) : IDisposable
{
    /// <summary>How old an answer may be.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>How many pages are kept; some 200 KB each.</summary>
    public const int MaxKept = 16;

    // Those who ask for ever other pages wait for each other, and the directory has time for the rest.
    private const int MaxAtOnce = 4;

    private readonly Lock gate = new();
    private readonly Dictionary<StreamListRequest, Kept> kept = [];
    private readonly SemaphoreSlim turns = new(MaxAtOnce);

    /// <summary>Reads a page.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public Task<ListedStreams> ListAsync(StreamListRequest request)
    {
        lock (gate)
        {
            var now = time.GetTimestamp();
            if (!kept.TryGetValue(request, out var known) || !known.IsGood(time))
            {
                if (known is null && kept.Count >= MaxKept)
                {
                    // What many ask for stays, however many other pages somebody asks for once.
                    kept.Remove(kept.MinBy(one => one.Value.Asked).Key);
                }

                kept[request] = known = new(ReadAsync(request), now);
            }

            known.Asked = now;
            return known.Page;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => turns.Dispose();

    private async Task<ListedStreams> ReadAsync(StreamListRequest request)
    {
        // Off the gate, under which this was begun.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        await turns.WaitAsync();
        try
        {
            var page = await ClusterCall.Of(() => AskAsync(request));
            var now = time.GetUtcNow();
            return new(new(
                [.. page.Entries.Select(entry => entry.Status.Summarise(StreamName.Parse(entry.Stream), now))],
                page.More && page.Entries.Length > 0 ? StreamName.Parse(page.Entries[^1].Stream) : null));
        }
        finally
        {
            turns.Release();
        }
    }

    private async Task<DirectoryPage> AskAsync(StreamListRequest request)
    {
        var directory = grains.GetGrain<IStreamDirectoryGrain>(0);
        try
        {
            return await directory.ListPage(request.Prefix, request.After?.Value, request.Limit);
        }
        catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
        {
            // A silo of before, in the middle of an upgrade, has no pages.
            var rest = (await directory.List())
                .Where(entry => entry.Stream.StartsWith(request.Prefix, StringComparison.Ordinal)
                    && (request.After is not { } after || string.CompareOrdinal(entry.Stream, after.Value) > 0))
                .Take(request.Limit + 1)
                .ToArray();
            return new(rest.Length > request.Limit ? rest[..^1] : rest, rest.Length > request.Limit);
        }
    }

    private sealed record Kept(Task<ListedStreams> Page, long At)
    {
        /// <summary>When somebody last asked for it, in the clock's own measure.</summary>
        public long Asked { get; set; } = At;

        // One that is on its way is for all; one that failed is for those who waited for it.
        public bool IsGood(TimeProvider time) => !Page.IsCompleted || (Page.IsCompletedSuccessfully && time.GetElapsedTime(At) < Fresh);
    }
}
