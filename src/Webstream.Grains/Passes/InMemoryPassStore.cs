namespace Webstream.Grains.Passes;

/// <summary>Passes that end with this process.</summary>
internal sealed class InMemoryPassStore(TimeProvider time) : IPassStore
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, StoredPass> passes = new(StringComparer.Ordinal);

    public Task<StoredPass?[]> FindAsync(string[] ids)
    {
        lock (gate)
        {
            return Task.FromResult(Array.ConvertAll(ids, Find));
        }
    }

    public Task<PassOutcome> AddAsync(StoredPass pass)
    {
        lock (gate)
        {
            foreach (var ended in passes.Values.Where(kept => kept.Ends <= time.GetUtcNow()).ToList())
            {
                passes.Remove(ended.Id);
            }

            var ofKind = passes.Values.Where(kept => kept.Kind == pass.Kind).ToList();
            var ofHolder = ofKind.Where(kept => kept.Holder.Account == pass.Holder.Account).ToList();
            if (ofHolder.Count >= PassBounds.OfOne(pass.Kind))
            {
                passes.Remove(ofHolder.MinBy(kept => kept.Created)!.Id);
            }
            else if (ofKind.Count >= PassBounds.Most)
            {
                return Task.FromResult(PassOutcome.Full);
            }

            passes[pass.Id] = pass;
            return Task.FromResult(PassOutcome.Added);
        }
    }

    public Task<bool> RemoveAsync(string id)
    {
        lock (gate)
        {
            return Task.FromResult(passes.Remove(id));
        }
    }

    public Task<PassTake> TakeAsync(string id)
    {
        lock (gate)
        {
            if (Find(id) is not { Kind: PassKind.Ticket } ticket)
            {
                return Task.FromResult(new PassTake(null, IsFirst: false));
            }

            passes[id] = ticket with { Taken = true };
            return Task.FromResult(new PassTake(passes[id], IsFirst: !ticket.Taken));
        }
    }

    private StoredPass? Find(string id) => passes.TryGetValue(id, out var pass) && pass.Ends > time.GetUtcNow() ? pass : null;
}
