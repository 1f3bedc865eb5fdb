using Orleans.Concurrency;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Grains.StreamDirectory;

/// <summary>Asks the log for history, and for names without it the directory for listeners.</summary>
[StatelessWorker, Reentrant]
internal sealed class StreamLookupGrain(IStreamHistories logs) : Grain, IStreamLookupGrain
{
    public async Task<StreamStatus?> FindUnused(string stream)
    {
        var found = await logs.FindAsync(StreamName.Parse(stream), CancellationToken.None);
        return found.Range.Epoch != 0 || await IsListenedToAsync(stream) ? null : StreamStatus.Unused(found.Forgotten);
    }

    private async Task<bool> IsListenedToAsync(string stream)
    {
        try
        {
            return await GrainFactory.GetGrain<IStreamDirectoryGrain>(0).Knows(stream);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // It moves, or is of before and does not know the question: the owner tells, and if there is none, one is made for a moment.
            return true;
        }
    }
}
