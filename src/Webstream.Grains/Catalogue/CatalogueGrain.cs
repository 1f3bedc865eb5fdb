using Orleans.Concurrency;
using Webstream.Grains.Log;

namespace Webstream.Grains.Catalogue;

/// <summary>Keeps what the streams tell, and forgets those that fall silent.</summary>
[Reentrant, KeepAlive]
internal sealed class CatalogueGrain(IStreamLogs logs, TimeProvider time) : Grain, ICatalogueGrain
{
    // A stream that missed three heartbeats is gone with its silo.
    private static readonly TimeSpan Silence = 3.5 * ICatalogueGrain.Heartbeat;

    private readonly SortedDictionary<string, (StreamStatus Status, DateTimeOffset ToldAt)> streams = new(StringComparer.Ordinal);

    public Task Tell(string stream, StreamStatus status)
    {
        if (status.Head == 0 && status.Clients == 0)
        {
            streams.Remove(stream);
        }
        else
        {
            streams[stream] = (status, time.GetUtcNow());
        }

        return Task.CompletedTask;
    }

    public Task Check() => logs.CheckAsync();

    public Task<LogHealth> AskLog() => logs.AskHealthAsync();

    public Task<CatalogueEntry[]> List()
    {
        var limit = time.GetUtcNow() - Silence;
        foreach (var (stream, told) in streams.ToArray())
        {
            if (told.ToldAt < limit)
            {
                streams.Remove(stream);
            }
        }

        return Task.FromResult(streams.Select(s => new CatalogueEntry(s.Key, s.Value.Status)).ToArray());
    }
}
