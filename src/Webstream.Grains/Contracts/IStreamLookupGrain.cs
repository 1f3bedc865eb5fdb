using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// Tells whether a stream has anything, without making an owner for it: anybody may ask for any name. Every silo answers by itself; the key is 0.
/// </summary>
[Alias("webstream.IStreamLookupGrain")]
public interface IStreamLookupGrain : IGrainWithIntegerKey
{
    /// <summary>The state of a stream that has neither history nor listeners.</summary>
    /// <returns>None when it has any: then its owner tells.</returns>
    /// <exception cref="History.HistoryAwayException">The log does not answer.</exception>
    [Alias("FindUnused")]
    [AlwaysInterleave]
    Task<StreamStatus?> FindUnused(string stream);
}
