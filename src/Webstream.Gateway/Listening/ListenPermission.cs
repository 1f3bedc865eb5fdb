using Webstream.Gateway.Access;
using Webstream.Gateway.Passes;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>A listener may not listen.</summary>
/// <param name="refusal">What it is told.</param>
internal sealed class ListenDeniedException(WebstreamException refusal) : Exception(refusal.Message)
{
    /// <summary>What it is told.</summary>
    public WebstreamException Refusal => refusal;
}

/// <summary>
/// Decides whether a listener may listen, and how. If that cannot be told yet, the connection is held meanwhile with keepalives: any status but
/// 200 would end a browser's listener for good, for a trouble that passes.
/// </summary>
internal sealed class ListenPermission(AccessGate gate, KeyJudge judge, CallersNow callers, PassRing tickets, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Decides by what is known now.</summary>
    /// <returns>The request as it may be served; none when that cannot be told now.</returns>
    /// <exception cref="ListenDeniedException">It may not.</exception>
    public async ValueTask<ListenRequest?> TryDecideAsync(Caller caller, ListenRequest request)
    {
        switch (await gate.RefusalAsync(caller, AccessRequirement.Subscribe, request.Stream))
        {
            case { Error: WebstreamError.Unavailable }:
                return null;
            case { } refusal:
                throw new ListenDeniedException(refusal);
        }

        var noHistory = await gate.RefusalAsync(caller, AccessRequirement.History, request.Stream);
        if (noHistory is not null && request is not { LastEventId: null, History: 0 })
        {
            if (noHistory.Error == WebstreamError.Unavailable)
            {
                return null;
            }

            if (request.LastEventId is null)
            {
                throw new ListenDeniedException(noHistory);
            }
        }

        return request with { OnlyFromNowOn = noHistory is not null, Holder = caller };
    }

    /// <summary>
    /// Takes the ticket of a listener that may listen by one, if it is still to be taken. A ticket begins one connection. After that it lets in whoever comes
    /// back with an id: browsers repeat the address.
    /// </summary>
    /// <returns>The request as it may be served.</returns>
    /// <exception cref="ListenDeniedException">Somebody used the ticket before.</exception>
    /// <exception cref="WebstreamException">The store of the tickets does not answer. Whether the ticket is taken is not known.</exception>
    public async ValueTask<ListenRequest> AdmitAsync(Caller caller, ListenRequest request)
    {
        if (caller.Key?.Ticket is not { } ticket)
        {
            return request;
        }

        var taken = ticket.Taken ? new PassTake(ticket, IsFirst: false) : await tickets.TakeAsync(ticket.Id);
        return taken.IsFirst ? request
            : taken.Pass is null ? throw new ListenDeniedException(new(WebstreamError.KeyNeeded, RefusalTexts.WrongTicket))
            : request.LastEventId is null ? throw new ListenDeniedException(new(WebstreamError.KeyNeeded, RefusalTexts.UsedTicket))
            : request with { UsedTicket = true };
    }

    /// <summary>Waits until it can be told.</summary>
    /// <param name="caller">Who asks, with a key that could not be judged.</param>
    /// <param name="context">Its request.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="cancellationToken">The listener has ended.</param>
    /// <returns>The request as it may be served.</returns>
    /// <exception cref="ListenDeniedException">It may not.</exception>
    public async Task<ListenRequest> DecideAsync(Caller caller, HttpContext context, ListenRequest request, CancellationToken cancellationToken)
    {
        var sent = KeyJudge.SentIn(context.Request);
        while (true)
        {
            await Task.Delay(Pause, time, cancellationToken);
            var judged = await judge.JudgeAsync(sent, context);
            var now = caller.With(judged.Key, judged.State, judged.Fault);
            try
            {
                if (await TryDecideAsync(now, request) is { } decided)
                {
                    return await AdmitAsync(now, decided);
                }
            }
            catch (WebstreamException away) when (away.Error == WebstreamError.Unavailable)
            {
                // The ticket could not be taken. It has an id, so taken or not it lets in once the store answers.
            }
        }
    }

    /// <summary>Decides again about a listener that has waited for something else, as soon as it can be told.</summary>
    /// <param name="request">The request as it might be served before.</param>
    /// <param name="cancellationToken">The listener has ended.</param>
    /// <returns>The request as it may be served.</returns>
    /// <exception cref="ListenDeniedException">It may not, or not any more.</exception>
    public async Task<ListenRequest> DecideAgainAsync(ListenRequest request, CancellationToken cancellationToken)
    {
        while (true)
        {
            await callers.RefreshAsync(request.Holder!);
            if (await TryDecideAsync(callers.Of(request.Holder!), request) is { } decided)
            {
                // By what it came with: a key that cannot be judged now may be judged later.
                return decided with { Holder = request.Holder };
            }

            await Task.Delay(Pause, time, cancellationToken);
        }
    }
}
