using Webstream.Gateway.Keys;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Administration;

/// <summary>Makes, lists and revokes keys.</summary>
internal sealed class KeyDesk(IKeySource source, ClusterKeys store, KeyRing ring, TimeProvider time)
{
    /// <summary>Makes a key.</summary>
    /// <exception cref="WebstreamException">It was not made.</exception>
    public async Task<ShownKey> MakeAsync(NewKey asked)
    {
        RefuseForFile();
        await RefreshAsync();
        while (true)
        {
            var (key, made) = StoredKey.New(asked.Name, asked.Rights, time.GetUtcNow());
            var stored = made with { Expires = asked.Expires, Limits = asked.Limits };
            switch (await store.AddAsync(stored))
            {
                case KeyOutcome.Added:
                    await ring.RefreshAsync(TimeSpan.Zero);
                    return ShownKey.Of(stored) with { Key = key, Persistent = ring.All.Persistent };
                case KeyOutcome.Full:
                    throw new WebstreamException(
                        WebstreamError.Conflict, $"There are {KeyList.MaxKeys} keys, and there can be no more. Revoke those that nobody needs.");
            }
        }
    }

    /// <summary>The keys.</summary>
    /// <exception cref="WebstreamException">They cannot be had now.</exception>
    public async Task<ShownKeys> ListAsync()
    {
        await RefreshAsync();
        var (keys, persistent) = ring.All;
        string[] names = [.. keys.Select(key => key.Name).Distinct(StringComparer.Ordinal)];
        var used = (await store.UsedAsync(names))?.Zip(names).ToDictionary(one => one.Second, one => one.First, StringComparer.Ordinal);
        return new(
            [
                .. keys.OrderBy(key => key.Name, StringComparer.Ordinal).ThenBy(key => key.Created)
                    .Select(key => ShownKey.Of(key) with { Used = used is null ? null : UsedByKey.Of(used[key.Name]) }),
            ],
            persistent);
    }

    /// <summary>Revokes a key.</summary>
    /// <returns>False when there is no such key.</returns>
    /// <exception cref="WebstreamException">It may not be revoked.</exception>
    public async Task<bool> RevokeAsync(string id)
    {
        RefuseForFile();
        var revoked = await store.RemoveAsync(id);
        await ring.RefreshAsync(TimeSpan.Zero);
        return revoked;
    }

    private async Task RefreshAsync()
    {
        await ring.RefreshAsync(TimeSpan.Zero);
        if (!ring.IsFresh)
        {
            throw new WebstreamException(WebstreamError.Unavailable, "The keys cannot be had now. Try again in a moment.");
        }
    }

    private void RefuseForFile()
    {
        if (source is KeyFile)
        {
            throw new WebstreamException(
                WebstreamError.Conflict,
                "This gateway has its keys from the file in Webstream__Keys__File. Change that file, for example with `webstream-gateway keys new NAME --file FILE`.");
        }
    }
}
