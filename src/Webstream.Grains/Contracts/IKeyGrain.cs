using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// The keys of the cluster, for its gateways: those that are processes of their own have no store. Every silo answers by itself; the key is 0.
/// </summary>
[Alias("webstream.IKeyGrain")]
public interface IKeyGrain : IGrainWithIntegerKey
{
    /// <summary>All keys, if they are not those that the caller has.</summary>
    /// <param name="known">The version that the caller has; null: it has none.</param>
    /// <returns>Null when nothing has changed since.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer.</exception>
    [Alias("Read")]
    [AlwaysInterleave]
    Task<KeyList?> Read(long? known);

    /// <summary>Keeps a new key.</summary>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    [Alias("Add")]
    [AlwaysInterleave]
    Task<KeyOutcome> Add(StoredKey key);

    /// <summary>Revokes a key.</summary>
    /// <returns>False when there is no such key.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    [Alias("Remove")]
    [AlwaysInterleave]
    Task<bool> Remove(string id);

    /// <summary>What the streams that were begun with keys of these names hold, in the order of the names.</summary>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
    [Alias("Used")]
    [AlwaysInterleave]
    Task<KeyUse[]> Used(string[] names);
}
