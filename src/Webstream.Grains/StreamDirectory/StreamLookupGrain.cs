using Orleans.Concurrency;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Grains.StreamDirectory;

/// <summary>Asks the history for a stream. If it has none, asks the directory for its listeners.</summary>
[StatelessWorker, Reentrant]
internal sealed class StreamLookupGrain(IStreamHistories logs, RetentionRules rules) : Grain, IStreamLookupGrain
{
    public async Task<StreamStatus?> FindUnused(string stream)
    {
        var found = await logs.FindAsync(StreamName.Parse(stream), CancellationToken.None);
        return found.Range.Head > 0 || await IsListenedToAsync(stream) ? null : StreamStatus.Unused(found.Forgotten) with
        {
            Epoch = found.Range.Epoch,
            Life = found.Range.Life,
            Deleted = found.Deleted,
        };
    }

    public async Task<SettingsInForce> FindSettings(string stream)
    {
        var name = StreamName.Parse(stream);
        var own = logs.SettingsOfAsync(name, CancellationToken.None);
        var found = await logs.FindAsync(name, CancellationToken.None);
        return rules.InForce(name, await own, closed: found.Range.End != 0);
    }

    private async Task<bool> IsListenedToAsync(string stream)
    {
        try
        {
            return await GrainFactory.GetGrain<IStreamDirectoryGrain>(0).Knows(stream);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The directory moves, or is an older version that does not know the call. Then the owner answers; if there is none, one is
            // activated for a moment.
            return true;
        }
    }
}
