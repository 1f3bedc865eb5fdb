using Orleans.Concurrency;
using Webstream.Protocol;

namespace Webstream.Grains.Rules;

/// <summary>Passes questions on to the store of this silo.</summary>
[StatelessWorker, Reentrant]
internal sealed class RuleGrain(RuleStore store) : Grain, IRuleGrain
{
    public Task<RuleList?> Read(long? known) => store.ReadAsync(known);

    public Task<RuleOutcome> Change(string stream, RuleChange change) => store.ChangeAsync(StreamName.Parse(stream), change);
}
