using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Health;

/// <summary>Asks the cluster for the health of its history.</summary>
internal sealed class HistoryQuestion(IGrainFactory grains, ClusterConnection connection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>None when no silo, or no history, answers.</returns>
    public async Task<HistoryHealth?> AskAsync(CancellationToken cancellationToken)
    {
        if (connection.IsAway)
        {
            return null;
        }

        var directory = grains.GetGrain<IStreamDirectoryGrain>(0);
        try
        {
            return await directory.AskLog().WaitAsync(Patience, cancellationToken);
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            return null;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // A silo of an older version does not know this question yet.
            return await CheckAsync(directory, cancellationToken) ? HistoryHealth.Fine : null;
        }
    }

    private static async Task<bool> CheckAsync(IStreamDirectoryGrain directory, CancellationToken cancellationToken)
    {
        try
        {
            await directory.Check().WaitAsync(Patience, cancellationToken);
            return true;
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            return false;
        }
    }
}
