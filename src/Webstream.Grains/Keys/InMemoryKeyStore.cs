namespace Webstream.Grains.Keys;

/// <summary>Keys that end with this process.</summary>
internal sealed class InMemoryKeyStore : IKeyStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, StoredKey> keys = new(StringComparer.Ordinal);

    // Not 0: a gateway that outlives its silo shall see that the keys of before are gone.
    private long version = KeyVersion.New();

    public Task<KeyList?> ReadAsync(long? known)
    {
        lock (gate)
        {
            return Task.FromResult(known == version ? null : new KeyList(version, [.. keys.Values], Persistent: false));
        }
    }

    public Task<KeyOutcome> AddAsync(StoredKey key)
    {
        lock (gate)
        {
            if (keys.ContainsKey(key.Id))
            {
                return Task.FromResult(KeyOutcome.Taken);
            }

            if (keys.Count >= KeyList.MaxKeys)
            {
                return Task.FromResult(KeyOutcome.Full);
            }

            keys.Add(key.Id, key);
            version = KeyVersion.New();
            return Task.FromResult(KeyOutcome.Added);
        }
    }

    public Task<bool> RemoveAsync(string id)
    {
        lock (gate)
        {
            var removed = keys.Remove(id);
            version = removed ? KeyVersion.New() : version;
            return Task.FromResult(removed);
        }
    }
}
