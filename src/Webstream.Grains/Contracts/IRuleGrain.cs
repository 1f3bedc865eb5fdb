using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// The rules that streams have of their own, for the gateways of the cluster: those that are processes of their own have no store. Every silo answers
/// by itself; the key is 0.
/// </summary>
[Alias("webstream.IRuleGrain")]
public interface IRuleGrain : IGrainWithIntegerKey
{
    /// <summary>All rules, if they are not those that the caller has.</summary>
    /// <param name="known">The version that the caller has; null: it has none.</param>
    /// <returns>Null when nothing has changed since.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer.</exception>
    [Alias("Read")]
    [AlwaysInterleave]
    Task<RuleList?> Read(long? known);

    /// <summary>Changes the rule of a stream. It stays when the stream's history ends.</summary>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    [Alias("Change")]
    [AlwaysInterleave]
    Task<RuleOutcome> Change(string stream, RuleChange change);
}
