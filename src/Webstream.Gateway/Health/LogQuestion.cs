using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Grains.Log;

namespace Webstream.Gateway.Health;

/// <summary>Asks the cluster how its log is.</summary>
internal sealed class LogQuestion(IGrainFactory grains, ClusterConnection connection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>None when no silo, or no log, answers.</returns>
    public async Task<LogHealth?> AskAsync(CancellationToken cancellationToken)
    {
        if (connection.IsAway)
        {
            return null;
        }

        var catalogue = grains.GetGrain<ICatalogueGrain>(0);
        try
        {
            return await catalogue.AskLog().WaitAsync(Patience, cancellationToken);
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            return null;
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            // A silo of an older version does not know this question yet.
            return await CheckAsync(catalogue, cancellationToken) ? LogHealth.Fine : null;
        }
    }

    private static async Task<bool> CheckAsync(ICatalogueGrain catalogue, CancellationToken cancellationToken)
    {
        try
        {
            await catalogue.Check().WaitAsync(Patience, cancellationToken);
            return true;
        }
        catch (Exception failure) when (ClusterCall.IsAway(failure))
        {
            return false;
        }
    }
}
