using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Passes;

/// <summary>The sessions and tickets that the cluster keeps with its histories.</summary>
/// <param name="services">The gateway's services. The cluster is taken from them when it is asked: it may not be there yet when the gateway is made.</param>
/// <param name="connection">The connection to silos elsewhere.</param>
internal sealed class ClusterPasses(IServiceProvider services, ClusterConnection connection) : IPassSource
{
    /// <inheritdoc/>
    public Task<StoredPass?[]> FindAsync(string[] ids) => AskAsync(grain => grain.Find(ids));

    /// <inheritdoc/>
    public Task<PassOutcome> AddAsync(StoredPass pass) => AskAsync(grain => grain.Add(pass));

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string id) => AskAsync(grain => grain.Remove(id));

    /// <inheritdoc/>
    public Task<PassTake> TakeAsync(string id) => AskAsync(grain => grain.Take(id));

    private async Task<T> AskAsync<T>(Func<IPassGrain, Task<T>> question)
    {
        if (connection.IsAway)
        {
            throw new WebstreamException(WebstreamError.Unavailable, "The cluster does not answer now. Try again in a moment.");
        }

        try
        {
            return await ClusterCall.Of(() => question(services.GetRequiredService<IGrainFactory>().GetGrain<IPassGrain>(0)));
        }
        catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
        {
            throw new WebstreamException(
                WebstreamError.Unavailable, "A silo of an older version answers, and has no sessions and tickets. Try again when the upgrade is over.");
        }
    }
}
