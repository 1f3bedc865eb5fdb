using Microsoft.Extensions.Options;
using Webstream.Protocol;

namespace Webstream.Gateway.Limits;

/// <summary>
/// Holds callers to their limits: those of the key, or else those for everybody. Each gateway counts for itself. A refusal names the limit, and
/// says how long to wait. Safe for any thread.
/// </summary>
internal sealed class CallerLimits(
    CallerBudgets budgets, LimitMetrics metrics, IOptions<LimitsOptions> options, IOptions<PushPaceOptions> pace)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    // A place becomes free whenever a listener goes.
    private static readonly TimeSpan ForListeners = TimeSpan.FromSeconds(10);

    private readonly LimitsOptions everybody = options.Value;
    private readonly int pushesPerSecond = pace.Value.PerSecond;

    /// <summary>Takes what a push holds.</summary>
    /// <exception cref="WebstreamException">The caller has reached a limit. Nothing is taken.</exception>
    public void TakePush(ILimitedCaller caller, PushRequest request)
    {
        if (!caller.LimitedAs.IsLimited)
        {
            return;
        }

        var messages = caller.OwnLimits?.MessagesPerSecond ?? everybody.MessagesPerSecond;
        var bytes = caller.OwnLimits?.BytesPerSecond ?? everybody.BytesPerSecond;
        var size = 0L;
        for (var i = 0; i < request.Items.Count && bytes > 0; i++)
        {
            size += request.Items[i].Size;
        }

        if (budgets.Of(caller.LimitedAs).TakePush(request.Items.Count, messages, size, bytes) is var (limit, wait))
        {
            throw limit == Limit.Messages ? Refuse(caller, limit, messages, wait) : Refuse(caller, limit, bytes, wait);
        }
    }

    /// <summary>Takes one name of a stream that has no messages.</summary>
    /// <returns>The refusal, which counts once <see cref="CountNewStream"/> is called; none: it is taken.</returns>
    public WebstreamException? TakeNewStream(ILimitedCaller caller) =>
        Take(caller, Limit.NewStreams, caller.OwnLimits?.NewStreamsPerMinute ?? everybody.NewStreamsPerMinute, Minute);

    /// <summary>Counts a refusal of a new stream.</summary>
    public WebstreamException CountNewStream(WebstreamException refusal)
    {
        metrics.Count(Limit.NewStreams);
        return refusal;
    }

    /// <summary>Gives back a name that was not used: the stream was there, or nothing was pushed.</summary>
    public void ReturnNewStream(ILimitedCaller caller)
    {
        if (caller.LimitedAs.IsLimited)
        {
            budgets.Of(caller.LimitedAs).Return(Limit.NewStreams);
        }
    }

    /// <summary>Takes one request.</summary>
    /// <returns>The refusal; none: it is taken.</returns>
    public WebstreamException? TakeRequest(ILimitedCaller caller, CountedRequest request)
    {
        if (request.AsPush && pushesPerSecond > 0
            && budgets.Of(caller.LimitedAs).Take(Limit.Pushes, pushesPerSecond, Second) is { Ticks: > 0 } wait)
        {
            metrics.Count(Limit.Pushes);
            return new(WebstreamError.TooMuch, LimitTexts.ForPushes(pushesPerSecond)) { RetryAfter = wait };
        }

        // Who may push so many messages may also send so many requests.
        return request.AsRequest && everybody.RequestsPerSecond > 0
            ? Take(caller, Limit.Requests, Math.Max(everybody.RequestsPerSecond, caller.OwnLimits?.MessagesPerSecond ?? 0), Second)
            : null;
    }

    /// <summary>Takes a place for a listener.</summary>
    /// <param name="caller">The caller.</param>
    /// <param name="place">The place, which is given back by disposing it; none when no limit counts it, or there is a refusal.</param>
    /// <returns>The refusal; none: it is taken.</returns>
    public WebstreamException? TakeListener(ILimitedCaller caller, out IDisposable? place)
    {
        place = null;
        var most = caller.OwnLimits?.Listeners ?? everybody.Listeners;
        if (most == 0 || !caller.LimitedAs.IsLimited)
        {
            return null;
        }

        while (true)
        {
            var budget = budgets.Of(caller.LimitedAs);
            switch (budget.TryAddListener(most))
            {
                case true:
                    place = new ListenerPlace(budget);
                    return null;
                case false:
                    return Refuse(caller, Limit.Listeners, most, ForListeners);
            }
        }
    }

    /// <summary>Counts a wrong key.</summary>
    /// <returns>The refusal in place of the answer that the key is wrong; none: its address may hear that.</returns>
    public WebstreamException? TakeWrongKey(ILimitedCaller caller)
    {
        var most = everybody.WrongKeysPerMinute;
        if (most == 0 || !caller.Address.IsCounted
            || budgets.Of(new(null, caller.Address)).Take(Limit.WrongKeys, most, Minute) is not { Ticks: > 0 } wait)
        {
            return null;
        }

        metrics.Count(Limit.WrongKeys);
        return new(WebstreamError.TooMuch, LimitTexts.ForWrongKeys(caller.Address, most)) { RetryAfter = wait };
    }

    private WebstreamException? Take(ILimitedCaller caller, Limit limit, long most, TimeSpan within) =>
        most > 0 && caller.LimitedAs.IsLimited && budgets.Of(caller.LimitedAs).Take(limit, most, within) is { Ticks: > 0 } wait
            ? Refuse(caller, limit, most, wait)
            : null;

    private WebstreamException Refuse(ILimitedCaller caller, Limit limit, long most, TimeSpan wait)
    {
        if (limit != Limit.NewStreams)
        {
            metrics.Count(limit);
        }

        return new(WebstreamError.TooMuch, LimitTexts.Of(caller, limit, most)) { RetryAfter = wait };
    }

    private sealed class ListenerPlace(CallerBudget budget) : IDisposable
    {
        private int given;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref given, 1) == 0)
            {
                budget.RemoveListener();
            }
        }
    }
}
