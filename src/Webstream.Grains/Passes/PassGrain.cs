using Orleans.Concurrency;

namespace Webstream.Grains.Passes;

/// <summary>Passes questions on to the store of this silo.</summary>
[StatelessWorker, Reentrant]
internal sealed class PassGrain(IPassStore store) : Grain, IPassGrain
{
    public Task<StoredPass?[]> Find(string[] ids) => store.FindAsync(ids.Length <= PassBounds.MostAtOnce ? ids : ids[..PassBounds.MostAtOnce]);

    public Task<PassOutcome> Add(StoredPass pass) => store.AddAsync(pass);

    public Task<bool> Remove(string id) => store.RemoveAsync(id);

    public Task<PassTake> Take(string id) => store.TakeAsync(id);
}
