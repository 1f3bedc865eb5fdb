using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Grains.History;

namespace Webstream.Gateway.Health;

/// <summary>Asks the cluster for the health of its history.</summary>
/// <param name="services">
/// The gateway's services. The cluster is taken from them when it is asked, not before: an embedded silo finds its address on the way to Redis,
/// and Redis may not be there yet when the gateway is put together.
/// </param>
/// <param name="connection">The connection to silos elsewhere.</param>
internal sealed class HistoryQuestion(IServiceProvider services, ClusterConnection connection)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <returns>None when no silo, or no history, answers.</returns>
    public async Task<HistoryHealth?> AskAsync(CancellationToken cancellationToken)
    {
        if (connection.IsAway)
        {
            return null;
        }

        var directory = services.GetRequiredService<IGrainFactory>().GetGrain<IStreamDirectoryGrain>(0);
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
