using Microsoft.Extensions.Options;
using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// Takes a push to the owner of its stream, again and again with the same key until its pusher's patience ends, so that an answer that
/// was lost on the way doubles nothing. What was accepted reaches this gateway's own listeners at once.
/// </summary>
internal sealed partial class Pusher(
    StreamRegistry streams, ClusterConnection connection, IOptions<PushOptions> options, TimeProvider time, ILogger<Pusher> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // A silo that died answers nothing; a second try finds its successor. The key makes trying again harmless.
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(1);

    // The owner gives up before we do, so that its "not pushed" arrives, instead of our "not known".
    private static readonly TimeSpan WayBack = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(10);

    private int away;

    public async Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var items = request.Items as PushItem[] ?? [.. request.Items];
        var key = request.IdempotencyKey ?? Guid.NewGuid().ToString("N");
        var pushes = streams.PushesTo(request.Stream);
        var tries = new PushAttempts(time);
        for (var (pause, asked) = (FirstPause, false); ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var left = options.Value.Patience - time.GetElapsedTime(started);
            // An owner that is asked this late could not answer in time any more.
            var ask = (!asked || left > WayBack) && !connection.IsAway;
            if (left <= TimeSpan.Zero || (left <= WayBack && !ask && !tries.AnyOpen))
            {
                throw NotPushed(tries, key);
            }

            if (ask)
            {
                tries.Add(pushes.PublishAsync(new(items, key, left - WayBack > left / 2 ? left - WayBack : left / 2)));
                asked = true;
            }

            if (tries.AnyOpen && await tries.NextAsync(LongestTry < left ? LongestTry : left, cancellationToken) is { } answer)
            {
                switch (answer.Outcome)
                {
                    case PublishOutcome.Accepted or PublishOutcome.Duplicate:
                        TellBack();
                        return Receive(request, answer);
                    case PublishOutcome.KeyReused:
                        throw new WebstreamException(WebstreamError.KeyReused, "This idempotency key was used for another message. Use a new key for a new message.");
                    case PublishOutcome.Overloaded when !tries.MaybeIn:
                        throw new WebstreamException(WebstreamError.Unavailable, "Too many pushes wait; nothing was pushed. Try again in a moment.");
                    case PublishOutcome.Full when !tries.MaybeIn:
                        throw new WebstreamException(
                            WebstreamError.Unavailable,
                            "There are as many streams as Webstream__Log__MaxStreams allows or the memory carries, and none has been quiet for so long "
                            + "(Webstream__Log__QuietFor) that it gives way; nothing was pushed. Push to one that exists, raise the setting, or try again later.")
                        { RetryAfter = TimeSpan.FromMinutes(1) };
                }

                tries.Refusal = answer.Refusal;
            }

            TellAway(tries.Refusal ?? tries.Failure?.Message);
            if (tries.Refusal is { } refusal && !tries.MaybeIn)
            {
                // It would say the same for as long as the pusher waits.
                throw new WebstreamException(WebstreamError.Unavailable, $"{refusal}. Nothing was pushed. Try again once that has been changed.") { RetryAfter = RefusedFor };
            }

            // Towards the end there is only listening left: what the tries say decides what the pusher hears.
            var spare = options.Value.Patience - WayBack - time.GetElapsedTime(started);
            if (spare > TimeSpan.Zero)
            {
                await Task.Delay(pause < spare ? pause : spare, time, cancellationToken);
            }
        }
    }

    private static WebstreamException NotPushed(PushAttempts tries, string key) => tries.MaybeIn
        ? new(WebstreamError.Unknown, "The cluster did not answer in time, and it is not known whether the message went in. Push it again with the same idempotencyKey: it will not double.") { IdempotencyKey = key }
        : new(WebstreamError.Unavailable, "The cluster cannot take the message now; nothing was pushed. Try again in a moment.");

    private PushReceipt Receive(PushRequest request, PublishAnswer answer)
    {
        var first = new EventId(answer.Status.Epoch, answer.First);
        // With a key of our own it was our own try that had gone in: to the pusher this is the first time.
        var isDuplicate = answer.Outcome == PublishOutcome.Duplicate && request.IdempotencyKey is not null;
        var receipt = new PushReceipt
        {
            Stream = request.Stream,
            FirstId = first,
            LastId = first with { Sequence = answer.First + answer.Count - 1 },
            Timestamp = answer.Timestamp,
            Clients = answer.Status.Clients,
            Gateways = answer.Status.Gateways,
            Duplicate = isDuplicate,
            Settled = answer.Status.Settled,
        };
        LogPushed(logger, receipt.Stream, receipt.LastId, receipt.Clients);
        return receipt;
    }

    // Once for an outage: a line for each try of each push would bury everything else.
    private void TellAway(string? reason)
    {
        if (Interlocked.Exchange(ref away, 1) == 0)
        {
            LogAway(logger, reason ?? "no answer");
        }
    }

    private void TellBack()
    {
        if (Volatile.Read(ref away) == 1 && Interlocked.Exchange(ref away, 0) == 1)
        {
            LogBack(logger);
        }
    }

    // The original's troubleshooting guide looks for the words "Active clients".
    [LoggerMessage(1, LogLevel.Information, "Pushed {Stream} {Id}. Active clients: {Clients}")]
    private static partial void LogPushed(ILogger logger, StreamName stream, EventId id, int clients);

    [LoggerMessage(2, LogLevel.Warning, "The cluster did not take a push ({Reason}); trying again, and answering pushers whose time is over")]
    private static partial void LogAway(ILogger logger, string reason);

    [LoggerMessage(3, LogLevel.Information, "The cluster takes pushes again")]
    private static partial void LogBack(ILogger logger);
}
