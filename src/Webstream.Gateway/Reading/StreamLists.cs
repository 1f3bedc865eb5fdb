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

    /// <summary>The JSON, made once for all callers.</summary>
    public ReadOnlyMemory<byte> Json => json.Value;
}

/// <summary>
/// The list of streams, in pages. A page is read at most once in <see cref="Fresh"/> and given to all callers that ask meanwhile. A page of
/// a thousand streams costs a thousand times as much as most other answers, and anybody may ask for it.
/// </summary>
internal sealed class StreamLists(IGrainFactory grains, TimeProvider time) : IDisposable
{
    /// <summary>How old an answer may be.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>How many pages are kept; some 200 KB each.</summary>
    public const int MaxKept = 16;

    // Callers that always ask for other pages wait for each other, so that the directory has time for other work.
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
                    // A page that many callers ask for stays, however many other pages somebody asks for once.
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
        // Off the gate, which the caller holds.
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
            // A silo of an older version, in the middle of an upgrade, has no pages.
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
        /// <summary>When a caller last asked for the page, in the clock's own measure.</summary>
        public long Asked { get; set; } = At;

        // A page that is still being read serves all callers; a read that failed fails only for the callers that waited for it.
        public bool IsGood(TimeProvider time) => !Page.IsCompleted || (Page.IsCompletedSuccessfully && time.GetElapsedTime(At) < Fresh);
    }
}
