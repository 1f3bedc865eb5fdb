using System.Collections.Concurrent;
using Webstream.Gateway.Access;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Ends listeners that live by a key or a token when its right ends. They are looked at each second, and only while there are any. A listener that would
/// be let in without its key goes on.
/// </summary>
internal sealed partial class ListenerGrants : IDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<Grant, bool> grants = new();
    private readonly AccessGate gate;
    private readonly CallersNow callers;
    private readonly ILogger logger;
    private readonly ITimer timer;
    private int isArmed;

    public ListenerGrants(AccessGate gate, CallersNow callers, TimeProvider time, ILogger<ListenerGrants> logger)
    {
        (this.gate, this.callers, this.logger) = (gate, callers, logger);
        timer = time.CreateTimer(_ => _ = LookAsync(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Watches a listener until the result is disposed of.</summary>
    /// <param name="caller">Who listens.</param>
    /// <param name="stream">To what.</param>
    /// <param name="deny">Ends it. Gets what it is told.</param>
    public IDisposable Watch(Caller caller, StreamName stream, Action<WebstreamException> deny)
    {
        var grant = new Grant(this, caller, stream, deny);
        grants[grant] = true;
        Arm();
        return grant;
    }

    private async Task LookAsync()
    {
        try
        {
            await callers.RefreshAsync(grants.Select(grant => grant.Key.Caller));
            foreach (var (grant, _) in grants)
            {
                // What cannot be told now is no reason to end a listener.
                if (await gate.RefusalAsync(callers.Of(grant.Caller), AccessRequirement.Subscribe, grant.Stream) is { Error: not WebstreamError.Unavailable } refusal
                    && grants.TryRemove(grant, out _))
                {
                    LogDenied(logger, grant.Caller.Key?.Name, grant.Stream);
                    grant.Deny(refusal);
                }
            }
        }
        catch (Exception failure) when (failure is not OutOfMemoryException)
        {
            LogFailed(logger, failure);
        }
        finally
        {
            Interlocked.Exchange(ref isArmed, 0);
            if (!grants.IsEmpty)
            {
                Arm();
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

    [LoggerMessage(2, LogLevel.Error, "The listeners' keys could not be looked at; that is tried again in a second")]
    private static partial void LogFailed(ILogger logger, Exception failure);

    private sealed class Grant(ListenerGrants owner, Caller caller, StreamName stream, Action<WebstreamException> deny) : IDisposable
    {
        public Caller Caller => caller;

        public StreamName Stream => stream;

        public void Deny(WebstreamException refusal) => deny(refusal);

        public void Dispose() => owner.grants.TryRemove(this, out _);
    }
}
