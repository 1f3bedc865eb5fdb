using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// Tells whether a stream has history or listeners, without making an owner for it: any caller may ask for any name. Every silo answers by
/// itself; the key is 0.
/// </summary>
[Alias("webstream.IStreamLookupGrain")]
public interface IStreamLookupGrain : IGrainWithIntegerKey
{
    /// <summary>The state of a stream that has neither history nor listeners.</summary>
    /// <returns>None when it has either: then its owner knows the state.</returns>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
    [Alias("FindUnused")]
    [AlwaysInterleave]
    Task<StreamStatus?> FindUnused(string stream);

    /// <summary>What settings hold for a stream, whether it has history or not.</summary>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
    [Alias("FindSettings")]
    [AlwaysInterleave]
    Task<SettingsInForce> FindSettings(string stream);
}
