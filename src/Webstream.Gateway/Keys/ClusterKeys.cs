using Webstream.Gateway.Snapshots;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Keys;

/// <summary>The keys that the cluster keeps with its histories.</summary>
/// <param name="services">The gateway's services. The cluster is taken from them when it is asked: it may not be there yet when the gateway is made.</param>
/// <param name="connection">The connection to silos elsewhere.</param>
internal sealed class ClusterKeys(IServiceProvider services, ClusterConnection connection) : IKeySource
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private IKeyGrain Grain => services.GetRequiredService<IGrainFactory>().GetGrain<IKeyGrain>(0);

    /// <inheritdoc/>
    public async Task<KeyList?> ReadAsync(long? known)
    {
        if (connection.IsAway)
        {
            throw new TableAwayException("The cluster does not answer");
        }

        try
        {
            return await Grain.Read(known).WaitAsync(Patience);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // A silo of an older version, in the middle of an upgrade, knows no keys.
            throw new TableAwayException(ClusterCall.IsAway(failure)
                ? ClusterCall.RefusalOf(failure) ?? "The store of the keys does not answer"
                : "A silo of an older version answers, and has no keys");
        }
    }

    /// <summary>Keeps a new key.</summary>
    /// <exception cref="WebstreamException">The cluster does not answer, or refuses.</exception>
    public Task<KeyOutcome> AddAsync(StoredKey key) => ClusterCall.Of(() => Grain.Add(key));

    /// <summary>Revokes a key.</summary>
    /// <exception cref="WebstreamException">The cluster does not answer, or refuses.</exception>
    public Task<bool> RemoveAsync(string id) => ClusterCall.Of(() => Grain.Remove(id));

    /// <summary>What the streams that were begun with keys of these names hold, in the order of the names; none: it is not known now.</summary>
    public async Task<KeyUse[]?> UsedAsync(string[] names)
    {
        try
        {
            return connection.IsAway ? null : await Grain.Used(names).WaitAsync(Patience);
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            // The list of keys is worth more than this.
            return null;
        }
    }
}
