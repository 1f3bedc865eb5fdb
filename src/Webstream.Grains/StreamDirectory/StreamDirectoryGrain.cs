using Orleans.Concurrency;
using Webstream.Grains.History;

namespace Webstream.Grains.StreamDirectory;

/// <summary>Keeps the owners' reports, and drops streams without recent reports. The history still lists those that have any.</summary>
// Silos of older and newer versions find this grain by its type name.
[Reentrant, KeepAlive, GrainType("catalogue")]
internal sealed class StreamDirectoryGrain(IStreamHistories logs, TimeProvider time) : Grain, IStreamDirectoryGrain
{
    private const int MaxInOneAnswer = 10_000;
    private const string AfterAll = "\uffff";

    // A stream that missed three heartbeats is gone with its silo, or its owner is not active.
    private static readonly TimeSpan Silence = 3.5 * IStreamDirectoryGrain.Heartbeat;

    private readonly Dictionary<string, (StreamStatus Status, DateTimeOffset ToldAt)> streams = new(StringComparer.Ordinal);
    private readonly SortedSet<string> names = new(StringComparer.Ordinal);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        this.RegisterGrainTimer(ForgetSilent, new(IStreamDirectoryGrain.Heartbeat, IStreamDirectoryGrain.Heartbeat));
        return Task.CompletedTask;
    }

    public Task Tell(string stream, StreamStatus status)
    {
        if (status.Head == 0 && status.Clients == 0)
        {
            streams.Remove(stream);
            names.Remove(stream);
        }
        else
        {
            streams[stream] = (status, time.GetUtcNow());
            names.Add(stream);
        }

        return Task.CompletedTask;
    }

    public Task<bool> Knows(string stream) => Task.FromResult(streams.TryGetValue(stream, out var told) && !IsSilent(told.ToldAt));

    public Task Check() => logs.CheckAsync();

    public Task<HistoryHealth> AskLog() => logs.AskHealthAsync();

    public async Task<DirectoryEntry[]> List() => (await ListPage("", null, MaxInOneAnswer)).Entries;

    public async Task<DirectoryPage> ListPage(string prefix, string? after, int limit)
    {
        var listed = await logs.ListAsync(prefix, after, limit + 1, CancellationToken.None);
        var entries = new SortedDictionary<string, StreamStatus>(StringComparer.Ordinal);
        foreach (var (stream, range) in listed)
        {
            entries[stream.Value] = Of(range);
        }

        foreach (var (stream, status) in Told(prefix, after).Take(limit + 1))
        {
            entries[stream] = entries.TryGetValue(stream, out var inLog) ? Newer(inLog, status) : status;
        }

        return new([.. entries.Take(limit).Select(entry => new DirectoryEntry(entry.Key, entry.Value))], entries.Count > limit);
    }

    // The newer state: the owner's last report, or what the history holds by now.
    private static StreamStatus Newer(StreamStatus inLog, StreamStatus told) => told.Epoch == inLog.Epoch && told.Head >= inLog.Head
        ? told
        : inLog with { Clients = told.Clients, Gateways = told.Gateways, Foreign = told.Foreign, Activation = told.Activation, Settled = told.Settled };

    private static StreamStatus Of(HistoryRange range) => StreamStatus.Unused(forgotten: 0) with
    {
        Epoch = range.Epoch,
        Head = range.Head,
        Oldest = range.Oldest,
        LastMessageAt = range.HeadAt,
        OldestMessageAt = range.OldestAt,
        End = range.End,
        Life = range.Life,
    };

    private IEnumerable<(string Stream, StreamStatus Status)> Told(string prefix, string? after)
    {
        var first = after is null || string.CompareOrdinal(after, prefix) < 0 ? prefix : after;
        foreach (var stream in names.GetViewBetween(first, AfterAll))
        {
            if (!stream.StartsWith(prefix, StringComparison.Ordinal))
            {
                yield break;
            }

            if (stream != after && streams[stream] is var (status, toldAt) && !IsSilent(toldAt))
            {
                yield return (stream, status);
            }
        }
    }

    private bool IsSilent(DateTimeOffset toldAt) => toldAt < time.GetUtcNow() - Silence;

    private Task ForgetSilent()
    {
        foreach (var (stream, told) in streams)
        {
            if (IsSilent(told.ToldAt))
            {
                streams.Remove(stream);
                names.Remove(stream);
            }
        }

        return Task.CompletedTask;
    }
}
