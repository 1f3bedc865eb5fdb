using Microsoft.Extensions.Options;
using Webstream.Gateway.Limits;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// Takes a push to the owner of its stream. It retries with the same key until the pusher's patience ends; because of the key, an answer
/// that was lost on the way doubles nothing. An accepted push has reached this gateway's own listeners before the receipt is returned.
/// </summary>
internal sealed partial class Pusher(
    StreamRegistry streams, ClusterConnection connection, IOptions<PushOptions> options, KeyQuotas quotas, TimeProvider time,
    ILogger<Pusher> logger)
{
    private readonly Trouble asking = new(reason => LogAway(logger, reason), _ => LogBack(logger));

    /// <summary>Pushes, and answers when the messages are in the history.</summary>
    /// <exception cref="WebstreamException">Nothing was pushed, or the outcome is not known.</exception>
    public async Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var items = request.Items as PushItem[] ?? [.. request.Items];
        var key = request.IdempotencyKey ?? Guid.NewGuid().ToString("N");
        var pushes = streams.PushesTo(request.Stream);
        var deadline = new PushDeadline(options.Value.Patience, time);
        var attempts = new PushAttempts(time);
        while (true)
        {
            var asks = deadline.MayAsk && !connection.IsAway;
            if (deadline.IsOver || (deadline.IsTooLateToAsk && !asks && !attempts.AnyOpen))
            {
                throw PusherAnswers.NoAnswer(attempts.MaybeIn, attempts.Refusal, key);
            }

            if (asks)
            {
                // A key that the gateway gives is nobody else's already.
                attempts.Add(pushes.PushAsync(request.IdempotencyKey is null
                    ? new(items, key, deadline.Ask()) { Quota = request.Quota }
                    : new(items, CallerKey.Of(request.Caller, key), deadline.Ask()) { OlderKey = key, Quota = request.Quota }));
            }

            if (await attempts.NextAsync(deadline.AttemptTime, cancellationToken) is { } answer)
            {
                if (PusherAnswers.IsIn(answer))
                {
                    return Received(request, answer);
                }

                PusherAnswers.ThrowIfFinal(answer.Outcome, attempts.MaybeIn);
                if (!attempts.MaybeIn)
                {
                    quotas.ThrowIfOver(answer.Outcome, request.Quota);
                }
            }

            PusherAnswers.ThrowIfRefused(attempts.Refusal, attempts.MaybeIn);
            asking.Failed(attempts.Reason);
            await deadline.PauseAsync(cancellationToken);
        }
    }

    private PushReceipt Received(PushRequest request, PushResult answer)
    {
        asking.Worked();
        var receipt = PusherAnswers.Receipt(request, answer);
        LogPushed(logger, receipt.Stream, receipt.LastId, receipt.Clients);
        return receipt;
    }

    // The original's troubleshooting guide looks for the words "Active clients".
    [LoggerMessage(1, LogLevel.Information, "Pushed {Stream} {Id}. Active clients: {Clients}")]
    private static partial void LogPushed(ILogger logger, StreamName stream, EventId id, int clients);

    [LoggerMessage(2, LogLevel.Warning, "The cluster did not take a push ({Reason}); trying again, and answering pushers whose time is over")]
    private static partial void LogAway(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Information, "The cluster takes pushes again")]
    private static partial void LogBack(ILogger logger);
}
