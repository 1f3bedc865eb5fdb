using Orleans.Concurrency;

namespace Webstream.Grains.Keys;

/// <summary>Passes questions on to the store of this silo.</summary>
[StatelessWorker, Reentrant]
internal sealed class KeyGrain(KeyStore store) : Grain, IKeyGrain
{
    public Task<KeyList?> Read(long? known) => store.ReadAsync(known);

    public Task<KeyOutcome> Add(StoredKey key) => store.AddAsync(key);

    public Task<bool> Remove(string id) => store.RemoveAsync(id);
}
