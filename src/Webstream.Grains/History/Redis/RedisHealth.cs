using System.Collections.Concurrent;
using StackExchange.Redis;
using Webstream.Grains.Trial;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>
/// Finds out what is wrong with Redis as a whole. The error of a full or a read-only Redis is clear. Any other error may concern only one
/// stream's keys: then a trial tries everything on keys of its own, and also finds which right is missing.
/// </summary>
internal sealed class RedisHealth(RedisLink link, RedisTrial trial, HistoryWatch watch, TimeProvider time)
{
    private const int MaxDoubted = 1000;

    // At most one trial a second: every health check and every failure within that second shares its result.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private readonly HashSet<(HistoryPart Part, StreamName? Stream)> suspected = [];
    private readonly ConcurrentDictionary<(HistoryPart Part, string Stream), bool> doubted = new();
    private volatile bool anyDoubted;
    private Task trying = Task.CompletedTask;
    private Task? upcoming;
    private long triedAt;
    private bool tried;

    /// <summary>A request to a stream's history failed.</summary>
    public void Failed(HistoryPart part, StreamName? stream, HistoryAwayException away)
    {
        switch (away.Redis)
        {
            case null or { Kind: RedisRefusalKind.Passing }:
                // Reads and counts without an answer are the same outage.
                if (part is HistoryPart.Appending)
                {
                    watch.Fails(part, away.Message);
                }

                break;
            case { IsWholly: true } refusal:
                if (part is HistoryPart.Appending or HistoryPart.Counting)
                {
                    watch.Fails(HistoryPart.Appending, refusal.What);
                }

                break;
            case var refusal:
                SuspectAsync(part, stream, refusal).Ignore();
                break;
        }
    }

    /// <summary>A request to a stream's history succeeded.</summary>
    public void Worked(HistoryPart part, StreamName? stream)
    {
        if (anyDoubted && doubted.TryRemove((part, stream?.Value ?? ""), out _))
        {
            anyDoubted = !doubted.IsEmpty;
        }

        if (stream is not null)
        {
            watch.Works(part, stream);
        }

        if (watch.Works(part))
        {
            TryAnewAsync().Ignore();
        }
    }

    /// <summary>Adds the command or the key to a refusal in which Redis does not name it, if a trial finds it.</summary>
    public async Task<HistoryAwayException> NamedAsync(HistoryPart part, HistoryAwayException away)
    {
        if (away.Redis is not { Kind: RedisRefusalKind.Command or RedisRefusalKind.Absent or RedisRefusalKind.Key, Command: null } refusal)
        {
            return away;
        }

        try
        {
            await TryAsync();
        }
        catch (HistoryAwayException)
        {
            return away;
        }

        return watch.TroubleWith(part) is { } named
            ? RedisFailures.Refused(refusal with { What = named }, away.MaybeIn)
            : away;
    }

    /// <summary>Tries everything, unless that was done within the last second.</summary>
    /// <exception cref="HistoryAwayException">Redis does not answer.</exception>
    public Task TryAsync()
    {
        lock (gate)
        {
            if (!trying.IsCompleted || (tried && time.GetElapsedTime(triedAt) < Fresh))
            {
                return trying;
            }

            return trying = Begin();
        }
    }

    // Runs a trial that begins now or soon: an earlier trial says nothing about a failure after it.
    private Task TryAnewAsync()
    {
        lock (gate)
        {
            return upcoming ??= Task.Run(async () =>
            {
                var pause = tried ? Fresh - time.GetElapsedTime(triedAt) : TimeSpan.Zero;
                if (pause > TimeSpan.Zero)
                {
                    await Task.Delay(pause, time);
                }

                Task begun;
                lock (gate)
                {
                    upcoming = null;
                    begun = trying = Begin();
                }

                await begun;
            });
        }
    }

    private Task Begin()
    {
        (tried, triedAt) = (true, time.GetTimestamp());
        // Not on the turns of the grain that asked first.
        return Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        RedisTrialResult result;
        try
        {
            result = await link.AskAsync(trial.RunAsync);
        }
        catch (HistoryAwayException away)
        {
            watch.Fails(HistoryPart.Appending, away.Message);
            if (away.Refusal is null)
            {
                throw;
            }

            // Redis does answer: it lets nobody in.
            return;
        }

        var troubles = new Dictionary<HistoryPart, string?>
        {
            [HistoryPart.Appending] = result.TroubleWith(RedisUse.Appending),
            [HistoryPart.Reading] = result.MissingFor(RedisUse.Reading),
            [HistoryPart.Trimming] = result.LastingTroubleWith(RedisUse.Trimming),
            [HistoryPart.Counting] = result.LastingTroubleWith(RedisUse.Counting) ?? result.MissingFor(RedisUse.Listing),
            [HistoryPart.Clustering] = result.MissingFor(RedisUse.Finding | RedisUse.Joining | RedisUse.Subscribing),
            [HistoryPart.Timing] = result.MissingFor(RedisUse.Timing),
            [HistoryPart.Connecting] = result.MissingFor(RedisUse.Connecting),
        };
        watch.Tried(troubles.Where(one => one.Value is not null).ToDictionary(one => one.Key, one => one.Value!));
    }

    private async Task SuspectAsync(HistoryPart part, StreamName? stream, RedisRefusal refusal)
    {
        lock (gate)
        {
            if (!suspected.Add((part, stream)))
            {
                return;
            }
        }

        try
        {
            await TryAnewAsync();
            if (watch.IsFailing(part) || (!refusal.IsOfTheData && IsFirstDoubt(part, stream)))
            {
                return;
            }

            if (stream is null)
            {
                watch.Fails(part, refusal.What);
            }
            else
            {
                watch.Fails(part, stream, refusal.What);
            }
        }
        catch (HistoryAwayException)
        {
            // Redis does not answer any more. That is logged already.
        }
        finally
        {
            lock (gate)
            {
                suspected.Remove((part, stream));
            }
        }
    }

    // The request failed, and the trial a moment later worked: most likely the cause is mended. If the request fails once more, it is not.
    private bool IsFirstDoubt(HistoryPart part, StreamName? stream)
    {
        if (doubted.Count >= MaxDoubted)
        {
            return true;
        }

        anyDoubted = true;
        return doubted.TryAdd((part, stream?.Value ?? ""), true);
    }
}
