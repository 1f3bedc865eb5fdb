using System.Collections.Concurrent;
using Webstream.Gateway.Passes;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Passes;

/// <summary>A store of passes that a test takes away, or slows down.</summary>
internal sealed class PassesDouble : IPassSource
{
    private readonly ConcurrentDictionary<string, StoredPass> passes = new();
    private int asked;

    /// <summary>How often it was asked for passes.</summary>
    public int Asked => Volatile.Read(ref asked);

    /// <summary>The most passes of one question.</summary>
    public int LongestQuestion { get; private set; }

    /// <summary>It does not answer.</summary>
    public bool IsAway { get; set; }

    /// <summary>An answer comes when this is complete. It says how things were when the question came.</summary>
    public Task Slow { get; set; } = Task.CompletedTask;

    public async Task<StoredPass?[]> FindAsync(string[] ids)
    {
        Interlocked.Increment(ref asked);
        LongestQuestion = Math.Max(LongestQuestion, ids.Length);
        RefuseIfAway();
        var found = Array.ConvertAll(ids, passes.GetValueOrDefault);
        await Slow;
        return found;
    }

    public Task<PassOutcome> AddAsync(StoredPass pass)
    {
        RefuseIfAway();
        passes[pass.Id] = pass;
        return Task.FromResult(PassOutcome.Added);
    }

    public Task<bool> RemoveAsync(string id)
    {
        RefuseIfAway();
        return Task.FromResult(passes.TryRemove(id, out _));
    }

    public Task<PassTake> TakeAsync(string id)
    {
        RefuseIfAway();
        var isFirst = passes.TryGetValue(id, out var pass) && passes.TryUpdate(id, pass with { Taken = true }, pass) && !pass.Taken;
        return Task.FromResult(new PassTake(passes.GetValueOrDefault(id), isFirst));
    }

    private void RefuseIfAway()
    {
        if (IsAway)
        {
            throw new WebstreamException(WebstreamError.Unavailable, "It is away.");
        }
    }
}
