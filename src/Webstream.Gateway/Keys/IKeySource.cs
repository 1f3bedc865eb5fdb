using Webstream.Gateway.Snapshots;
using Webstream.Grains;

namespace Webstream.Gateway.Keys;

/// <summary>Where this gateway has its keys from.</summary>
internal interface IKeySource
{
    /// <summary>All keys, if they are not those that the caller has.</summary>
    /// <param name="known">The version that the caller has; null: it has none.</param>
    /// <returns>Null when nothing has changed since.</returns>
    /// <exception cref="TableAwayException">They cannot be had now.</exception>
    Task<KeyList?> ReadAsync(long? known);
}
