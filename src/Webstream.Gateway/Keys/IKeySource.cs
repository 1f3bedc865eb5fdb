using Webstream.Grains;

namespace Webstream.Gateway.Keys;

/// <summary>Where this gateway has its keys from.</summary>
internal interface IKeySource
{
    /// <summary>All keys, if they are not those that the caller has.</summary>
    /// <param name="known">The version that the caller has; null: it has none.</param>
    /// <returns>Null when nothing has changed since.</returns>
    /// <exception cref="KeysAwayException">They cannot be had now.</exception>
    Task<KeyList?> ReadAsync(long? known);
}

/// <summary>The keys cannot be had now.</summary>
/// <param name="reason">Why, as a sentence without its full stop.</param>
internal sealed class KeysAwayException(string reason) : Exception(reason);
