namespace Webstream.Grains.Keys;

/// <summary>Keeps keys, where the histories are kept. Safe for any thread.</summary>
internal interface IKeyStore
{
    /// <inheritdoc cref="IKeyGrain.Read"/>
    Task<KeyList?> ReadAsync(long? known);

    /// <inheritdoc cref="IKeyGrain.Add"/>
    Task<KeyOutcome> AddAsync(StoredKey key);

    /// <inheritdoc cref="IKeyGrain.Remove"/>
    Task<bool> RemoveAsync(string id);
}
