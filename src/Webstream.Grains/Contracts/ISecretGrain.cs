using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// The secrets that all gateways of a cluster share, for gateways that are processes of their own. Every silo answers by itself; the key is 0.
/// </summary>
[Alias("webstream.ISecretGrain")]
public interface ISecretGrain : IGrainWithIntegerKey
{
    /// <summary>The secret with which event ids are signed: 32 random bytes, the same for as long as the store of the histories lasts.</summary>
    /// <exception cref="History.HistoryAwayException">The store does not answer.</exception>
    [Alias("EventIds")]
    [AlwaysInterleave]
    Task<byte[]> EventIds();
}
