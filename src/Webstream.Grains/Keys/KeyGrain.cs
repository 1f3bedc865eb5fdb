using Orleans.Concurrency;
using Webstream.Grains.History;

namespace Webstream.Grains.Keys;

/// <summary>Passes questions on to the stores of this silo.</summary>
[StatelessWorker, Reentrant]
internal sealed class KeyGrain(KeyStore store, IStreamHistories histories) : Grain, IKeyGrain
{
    public Task<KeyList?> Read(long? known) => store.ReadAsync(known);

    public Task<KeyOutcome> Add(StoredKey key) => store.AddAsync(key);

    public Task<bool> Remove(string id) => store.RemoveAsync(id);

    public Task<KeyUse[]> Used(string[] names) => histories.UsedByAsync(names, CancellationToken.None).AsTask();
}
