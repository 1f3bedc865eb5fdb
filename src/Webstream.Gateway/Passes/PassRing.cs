using Webstream.Gateway.Keys;
using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Passes;

/// <summary>
/// The sessions and tickets as this gateway knows them. It asks for one when somebody sends it or lives by it, and then has no answer older than
/// <see cref="Fresh"/>. Whatever is sent, one question at a time is under way, for at most <see cref="PassBounds.MostAtOnce"/> passes. Safe for any thread.
/// </summary>
internal sealed partial class PassRing
{
    /// <summary>How old its knowledge may be.</summary>
    public static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    /// <summary>How long known passes go on while the store cannot be asked.</summary>
    public static readonly TimeSpan GoesOn = TimeSpan.FromSeconds(60);

    // How long a caller waits. The question goes on: a slow store is not one that is away, and its answer counts when it comes.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(1);

    // Passes that nobody has made would else be questions without end.
    private const int MostUnknownWaiting = 1024;
    private const int MostEnded = 4096;
    private const int MostKnown = 2 * PassBounds.Most;

    private readonly Lock gate = new();
    private readonly IPassSource source;
    private readonly TimeProvider time;
    private readonly Trouble trouble;
    private readonly Dictionary<string, Known> known = new(StringComparer.Ordinal);
    // A pass that has ended never comes back: an answer from before it ended may still be on its way.
    private readonly HashSet<string> ended = new(StringComparer.Ordinal);
    private readonly Queue<string> endedInOrder = new();
    private readonly Dictionary<string, TaskCompletionSource> waiting = new(StringComparer.Ordinal);
    private readonly Queue<string> inTurn = new();
    private bool isAsking;
    private long? failedAt;

    public PassRing(IPassSource source, TimeProvider time, ILogger<PassRing> logger)
    {
        (this.source, this.time) = (source, time);
        trouble = new(reason => LogAway(logger, reason, GoesOn.TotalSeconds), _ => LogBack(logger));
    }

    /// <summary>Looks for a pass that a caller sent.</summary>
    /// <param name="id">Its id.</param>
    public async ValueTask<(KeyStanding Standing, StoredPass? Pass)> FindAsync(string id)
    {
        await AskAsync([id]);
        return StandingOf(id);
    }

    /// <summary>How a pass stands, by what is known now.</summary>
    public (KeyStanding Standing, StoredPass? Pass) StandingOf(string id)
    {
        lock (gate)
        {
            return ended.Contains(id) ? (KeyStanding.Wrong, null)
                : !known.TryGetValue(id, out var found) ? (KeyStanding.Unknown, null)
                : found.Pass.Latest <= time.GetUtcNow() ? (KeyStanding.Wrong, null)
                : time.GetElapsedTime(found.ConfirmedAt) > GoesOn ? (KeyStanding.Unknown, null)
                // A ticket that was not taken when it was looked for may have been taken since, and then lasts longer.
                : found.Pass.Ends <= time.GetUtcNow() ? (IsFresh(id) ? KeyStanding.Wrong : KeyStanding.Unknown, null)
                : (KeyStanding.Right, found.Pass);
        }
    }

    /// <summary>Asks for passes that somebody lives by, as far as they are not known well enough.</summary>
    public async Task RefreshAsync(IEnumerable<string> ids)
    {
        foreach (var some in ids.Distinct(StringComparer.Ordinal).Chunk(PassBounds.MostAtOnce))
        {
            if (!await AskAsync(some))
            {
                // The store is away or slow: the others would only wait as long.
                return;
            }
        }
    }

    /// <summary>Takes a ticket: see <see cref="IPassSource.TakeAsync"/>.</summary>
    public async Task<PassTake> TakeAsync(string id)
    {
        var began = time.GetTimestamp();
        var taken = await source.TakeAsync(id);
        if (taken.Pass is not null)
        {
            lock (gate)
            {
                Note(id, taken.Pass, began);
            }
        }

        return taken;
    }

    /// <summary>A pass was made here.</summary>
    public void Added(StoredPass pass)
    {
        lock (gate)
        {
            Note(pass.Id, pass, time.GetTimestamp());
        }
    }

    /// <summary>A pass was ended here.</summary>
    public void Ended(string id)
    {
        lock (gate)
        {
            Note(id, null, time.GetTimestamp());
        }
    }

    // Answers whether all is known well enough now.
    private async Task<bool> AskAsync(string[] ids)
    {
        var answers = new List<Task>();
        lock (gate)
        {
            if (failedAt is { } failed && time.GetElapsedTime(failed) < AfterFailure)
            {
                return Array.TrueForAll(ids, IsFresh);
            }

            foreach (var id in ids.Where(id => !IsFresh(id)))
            {
                if (!waiting.TryGetValue(id, out var answer))
                {
                    if (!known.ContainsKey(id) && waiting.Count >= MostUnknownWaiting)
                    {
                        continue;
                    }

                    waiting.Add(id, answer = new(TaskCreationOptions.RunContinuationsAsynchronously));
                    inTurn.Enqueue(id);
                }

                answers.Add(answer.Task);
            }

            if (!isAsking && inTurn.Count > 0)
            {
                isAsking = true;
                _ = AskAllAsync();
            }
        }

        try
        {
            await Task.WhenAll(answers).WaitAsync(Patience, time);
        }
        catch (TimeoutException)
        {
            return false;
        }

        lock (gate)
        {
            return failedAt is null;
        }
    }

    private async Task AskAllAsync()
    {
        // Off the gate, which the caller holds.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        while (true)
        {
            var ids = new List<string>();
            lock (gate)
            {
                while (ids.Count < PassBounds.MostAtOnce && inTurn.TryDequeue(out var id))
                {
                    ids.Add(id);
                }

                if (ids.Count == 0)
                {
                    isAsking = false;
                    return;
                }
            }

            await AskOnceAsync([.. ids]);
        }
    }

    private async Task AskOnceAsync(string[] ids)
    {
        var began = time.GetTimestamp();
        StoredPass?[]? found = null;
        try
        {
            found = await source.FindAsync(ids);
            trouble.Worked();
        }
        catch (Exception away) when (away is not OutOfMemoryException)
        {
            trouble.Failed(away);
        }

        var answers = new List<TaskCompletionSource>();
        lock (gate)
        {
            failedAt = found is null ? time.GetTimestamp() : null;
            for (var i = 0; i < ids.Length; i++)
            {
                if (found is not null)
                {
                    Note(ids[i], found[i], began);
                }

                if (waiting.Remove(ids[i], out var answer))
                {
                    answers.Add(answer);
                }
            }
        }

        answers.ForEach(answer => answer.SetResult());
    }

    private bool IsFresh(string id) => ended.Contains(id) || (known.TryGetValue(id, out var found) && time.GetElapsedTime(found.ConfirmedAt) <= Fresh);

    private void Note(string id, StoredPass? pass, long asOf)
    {
        if (ended.Contains(id))
        {
            return;
        }

        if (pass is null)
        {
            known.Remove(id);
            ended.Add(id);
            endedInOrder.Enqueue(id);
            if (endedInOrder.Count > MostEnded)
            {
                ended.Remove(endedInOrder.Dequeue());
            }

            return;
        }

        if (known.TryGetValue(id, out var before) && (before.ConfirmedAt > asOf || (before.Pass.Taken && !pass.Taken)))
        {
            // An answer that was overtaken.
            return;
        }

        known[id] = new(pass, asOf);
        if (known.Count > MostKnown)
        {
            // What is older gives nobody a right.
            foreach (var (old, _) in known.Where(entry => time.GetElapsedTime(entry.Value.ConfirmedAt) > GoesOn).ToList())
            {
                known.Remove(old);
            }
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Sessions and tickets cannot be had ({Reason}). Sessions that are known go on for {Seconds} seconds; then writing by session is refused with 503")]
    private static partial void LogAway(ILogger logger, string reason, double seconds);

    [LoggerMessage(2, LogLevel.Information, "Sessions and tickets can be had again")]
    private static partial void LogBack(ILogger logger);

    /// <summary>A pass, and when it was there.</summary>
    private sealed record Known(StoredPass Pass, long ConfirmedAt);
}
