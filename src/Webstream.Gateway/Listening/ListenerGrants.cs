using System.Collections.Concurrent;
using Webstream.Gateway.Access;
using Webstream.Gateway.Rules;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Ends listeners when their right ends: that of their key or token, or what is open to everybody in their stream. They are looked at each second, and
/// only while there are any. Those that live by a key that may end are looked at one by one. All others of a stream have the same right to it, and are
/// looked at together, when a rule has changed or one of them is new. A listener that would be let in without its key goes on.
/// </summary>
internal sealed partial class ListenerGrants : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Grant, bool> byKey = new();
    private readonly Lock gate = new();
    private readonly Dictionary<(StreamName Stream, KeyIdentity? Key), Together> together = [];
    private readonly AccessGate access;
    private readonly CallersNow callers;
    private readonly StreamRules rules;
    private readonly ILogger logger;
    private readonly ITimer timer;
    private RuleSet? seen;
    private int isArmed;

    public ListenerGrants(AccessGate access, CallersNow callers, StreamRules rules, TimeProvider time, ILogger<ListenerGrants> logger)
    {
        (this.access, this.callers, this.rules, this.logger) = (access, callers, rules, logger);
        timer = time.CreateTimer(_ => _ = LookAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Watches a listener until the result is disposed of.</summary>
    /// <param name="caller">Who listens.</param>
    /// <param name="stream">To what.</param>
    /// <param name="deny">Ends it. Gets what it is told.</param>
    public IDisposable Watch(Caller caller, StreamName stream, Action<WebstreamException> deny)
    {
        Grant grant;
        if (caller.Key is { MayEnd: true })
        {
            grant = new(this, caller, stream, deny);
            byKey[grant] = true;
        }
        else
        {
            // Not its caller, which is large, and of which there are as many as listeners.
            var key = (stream, caller.Key);
            lock (gate)
            {
                if (!together.TryGetValue(key, out var group))
                {
                    together[key] = group = new(caller.AsListener());
                }

                grant = new(this, group.Caller, stream, deny);
                group.Members.Add(grant);
                // It may have been let in by rules that were looked through before it came.
                group.HasNew = true;
            }
        }

        Arm();
        return grant;
    }

    /// <summary>How often listeners were looked at; tests that move the clock wait for it.</summary>
    public int Looks { get; private set; }

    /// <summary>There are listeners, and the next look at them is due within a second.</summary>
    public bool IsWatching
    {
        get
        {
            lock (gate)
            {
                return together.Count > 0 || !byKey.IsEmpty;
            }
        }
    }

    private async Task LookAsync()
    {
        try
        {
            await callers.RefreshAsync(byKey.Select(grant => grant.Key.Caller));
            foreach (var (grant, _) in byKey)
            {
                var now = callers.Of(grant.Caller);
                if (await access.RefusalAsync(now, AccessRequirement.Subscribe, grant.Stream) is { } refusal
                    && (refusal.Error != WebstreamError.Unavailable || HasEnded(now))
                    && byKey.TryRemove(grant, out _))
                {
                    LogDenied(logger, grant.Caller.Key?.Name, grant.Stream);
                    grant.Deny(refusal);
                }
            }

            await LookTogetherAsync();
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            LogFailed(logger, failure);
            seen = null;
        }
        finally
        {
            Interlocked.Exchange(ref isArmed, 0);
            if (IsWatching)
            {
                Arm();
            }

            Looks++;
        }
    }

    // What cannot be told now is no reason to end a listener; but its key is known to give nothing any more, and so nothing lets it in.
    private static bool HasEnded(Caller caller) => caller is { Key: null, KeyState: not (KeyState.Unknown or KeyState.UnknownTicket) };

    private async Task LookTogetherAsync()
    {
        lock (gate)
        {
            if (together.Count == 0)
            {
                return;
            }
        }

        if (await rules.NowAsync() is not { } now)
        {
            return;
        }

        List<(StreamName Stream, Together Group)> due;
        lock (gate)
        {
            due = [.. together.Where(one => one.Value.HasNew || now != seen).Select(one => (one.Key.Stream, one.Value))];
            due.ForEach(one => one.Group.HasNew = false);
        }

        foreach (var (stream, group) in due)
        {
            var refusal = await access.RefusalAsync(group.Caller, AccessRequirement.Subscribe, stream);
            if (refusal is { Error: WebstreamError.Unavailable })
            {
                group.HasNew = true;
            }
            else if (refusal is not null)
            {
                var members = TakeAll((stream, group.Caller.Key), group);
                LogClosed(logger, stream, members.Count);
                members.ForEach(member => member.Deny(refusal));
            }
        }

        seen = now;
    }

    private List<Grant> TakeAll((StreamName Stream, KeyIdentity? Key) key, Together group)
    {
        lock (gate)
        {
            List<Grant> members = [.. group.Members];
            group.Members.Clear();
            // Its members may all have left meanwhile, and another group may stand in its place.
            if (together.TryGetValue(key, out var now) && now == group)
            {
                together.Remove(key);
            }

            return members;
        }
    }

    private void Leave(Grant grant)
    {
        if (byKey.TryRemove(grant, out _))
        {
            return;
        }

        lock (gate)
        {
            var key = (grant.Stream, grant.Caller.Key);
            if (together.TryGetValue(key, out var group) && group.Members.Remove(grant) && group.Members.Count == 0)
            {
                together.Remove(key);
            }
        }
    }

    public void Dispose() => timer.Dispose();

    // Not anew for each listener: where listeners come all the time, the second would never be over.
    private void Arm()
    {
        if (Interlocked.Exchange(ref isArmed, 1) == 0)
        {
            timer.Change(Period, Timeout.InfiniteTimeSpan);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "The key {Key} does not let its listener of {Stream} in any more; the listener was ended")]
    private static partial void LogDenied(ILogger logger, string? key, StreamName stream);

    [LoggerMessage(2, LogLevel.Error, "The listeners' rights could not be looked at; that is tried again in a second")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    [LoggerMessage(3, LogLevel.Information, "The stream {Stream} is not open to everybody any more; {Count} listeners were ended")]
    private static partial void LogClosed(ILogger logger, StreamName stream, int count);

    /// <summary>The listeners of a stream that live by the same key, or by none.</summary>
    private sealed class Together(Caller caller)
    {
        public Caller Caller => caller;

        public HashSet<Grant> Members { get; } = [];

        /// <summary>A member came since the last look.</summary>
        public bool HasNew { get; set; }
    }

    private sealed class Grant(ListenerGrants owner, Caller caller, StreamName stream, Action<WebstreamException> deny) : IDisposable
    {
        public Caller Caller => caller;

        public StreamName Stream => stream;

        public void Deny(WebstreamException refusal) => deny(refusal);

        public void Dispose() => owner.Leave(this);
    }
}
