using Webstream.Grains.Tables;

namespace Webstream.Grains.Keys;

/// <summary>Keeps keys, where the histories are kept. What is not as it was written gives nobody a right. Safe for any thread.</summary>
internal sealed class KeyStore(ITables tables)
{
    private readonly ITable table = tables.Open(TableNames.Keys, KeyList.MaxKeys);

    /// <inheritdoc cref="IKeyGrain.Read"/>
    public async Task<KeyList?> ReadAsync(long? known) => await table.ReadAsync(known) is { } contents
        ? new(contents.Version, [.. KeysIn(contents)], contents.Persistent)
        : null;

    /// <inheritdoc cref="IKeyGrain.Add"/>
    public async Task<KeyOutcome> AddAsync(StoredKey key) => await table.SetAsync(key.Id, before: null, KeyJson.Write(key)) switch
    {
        TableOutcome.Done => KeyOutcome.Added,
        TableOutcome.Full => KeyOutcome.Full,
        _ => KeyOutcome.Taken,
    };

    /// <inheritdoc cref="IKeyGrain.Remove"/>
    public Task<bool> RemoveAsync(string id) => table.RemoveAsync(id);

    private static IEnumerable<StoredKey> KeysIn(TableContents contents)
    {
        foreach (var row in contents.Rows)
        {
            if (KeyJson.TryRead(row.Value, out var key) && key.Id == row.Id)
            {
                yield return key;
            }
        }
    }
}
