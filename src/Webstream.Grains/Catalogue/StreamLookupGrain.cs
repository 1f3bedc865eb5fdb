using Orleans.Concurrency;
using Webstream.Grains.Log;
using Webstream.Protocol;

namespace Webstream.Grains.Catalogue;

/// <summary>Asks the log for history, and for names without it the catalogue for listeners.</summary>
[StatelessWorker, Reentrant]
internal sealed class StreamLookupGrain(IStreamLogs logs) : Grain, IStreamLookupGrain
{
    public async Task<StreamStatus?> FindUnused(string stream)
    {
        var found = await logs.FindAsync(StreamName.Parse(stream), CancellationToken.None);
        return found.Range.Epoch != 0 || await GrainFactory.GetGrain<ICatalogueGrain>(0).Knows(stream) ? null : StreamStatus.Unused(found.Forgotten);
    }
}
