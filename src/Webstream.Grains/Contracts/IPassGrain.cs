using Orleans.Concurrency;

namespace Webstream.Grains;

/// <summary>
/// The sessions and tickets of the cluster, for its gateways: those that are processes of their own have no store. Every silo answers by itself; the key is 0.
/// </summary>
[Alias("webstream.IPassGrain")]
public interface IPassGrain : IGrainWithIntegerKey
{
    /// <summary>Looks for passes.</summary>
    /// <param name="ids">Their ids, at most <see cref="PassBounds.MostAtOnce"/>.</param>
    /// <returns>The pass of each id, in their order; null where there is none, or none any more.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer.</exception>
    [Alias("Find")]
    [AlwaysInterleave]
    Task<StoredPass?[]> Find(string[] ids);

    /// <summary>Keeps a new pass. Of one holder's the first one gives way where there are too many.</summary>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    [Alias("Add")]
    [AlwaysInterleave]
    Task<PassOutcome> Add(StoredPass pass);

    /// <summary>Ends a pass.</summary>
    /// <returns>False when there is no such pass.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    [Alias("Remove")]
    [AlwaysInterleave]
    Task<bool> Remove(string id);

    /// <summary>Takes a ticket, in one step: of all attempts in the cluster one is the first.</summary>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    [Alias("Take")]
    [AlwaysInterleave]
    Task<PassTake> Take(string id);
}
