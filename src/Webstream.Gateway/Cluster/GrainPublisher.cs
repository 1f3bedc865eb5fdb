using Microsoft.Extensions.Options;
using Webstream.Gateway.Hubs;
using Webstream.Grains;
using Webstream.Grains.Log;
using Webstream.Protocol;

namespace Webstream.Gateway.Cluster;

/// <summary>
/// Takes a push to the owner of its stream, again and again with the same key until its pusher's patience ends, so that an answer that
/// was lost on the way doubles nothing. What was accepted reaches this gateway's own listeners at once.
/// </summary>
internal sealed partial class GrainPublisher(
    IGrainFactory grains, StreamHubs hubs, ClusterConnection connection, IOptions<PushOptions> options, TimeProvider time, ILogger<GrainPublisher> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(500);

    // A silo that died answers nothing; a second try finds its successor. The key makes trying again harmless.
    private static readonly TimeSpan LongestTry = TimeSpan.FromSeconds(1);

    // The owner gives up before we do, so that its "not pushed" arrives, instead of our "not known".
    private static readonly TimeSpan WayBack = TimeSpan.FromMilliseconds(500);

    public async Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        var items = request.Items as PushItem[] ?? [.. request.Items];
        var key = request.IdempotencyKey ?? Guid.NewGuid().ToString("N");
        var grain = grains.GetGrain<IStreamGrain>(request.Stream.Value);
        var maybeIn = false;
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            var left = options.Value.Patience - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
            {
                throw maybeIn
                    ? new WebstreamException(WebstreamError.Unknown, "The cluster did not answer in time, and it is not known whether the message went in. Push it again with the same idempotencyKey: it will not double.") { IdempotencyKey = key }
                    : new WebstreamException(WebstreamError.Unavailable, "The cluster cannot take the message now; nothing was pushed. Try again in a moment.");
            }

            if (connection.IsAway)
            {
                // Nothing is sent, so nothing can go in later.
                await Task.Delay(LongestPause < left ? LongestPause : left, time, cancellationToken);
                continue;
            }

            try
            {
                var hub = hubs.Find(request.Stream);
                var epoch = hub?.Position.Epoch ?? 0;
                var patience = left - WayBack > left / 2 ? left - WayBack : left / 2;
                var answer = await grain.Publish(new(items, key, patience)).WaitAsync(LongestTry < left ? LongestTry : left, time, cancellationToken);
                switch (answer.Outcome)
                {
                    case PublishOutcome.Accepted or PublishOutcome.Duplicate:
                        return Receive(request, items, hub, epoch, answer);
                    case PublishOutcome.Unknown:
                        maybeIn = true;
                        break;
                    case PublishOutcome.KeyReused:
                        throw new WebstreamException(WebstreamError.KeyReused, "This idempotency key was used for another message. Use a new key for a new message.");
                    case PublishOutcome.Overloaded when !maybeIn:
                        throw new WebstreamException(WebstreamError.Unavailable, "Too many pushes wait; nothing was pushed. Try again in a moment.");
                    case PublishOutcome.Full when !maybeIn:
                        throw new WebstreamException(
                            WebstreamError.Unavailable,
                            "There are as many streams as Webstream__Log__MaxStreams allows, and each has history; nothing was pushed. "
                            + "Push to one that exists, raise the setting, or wait until the history of one is too old.")
                        { RetryAfter = TimeSpan.FromMinutes(1) };
                }
            }
            catch (Exception failure) when (ClusterCall.IsAway(failure))
            {
                LogAway(logger, failure, request.Stream);
                // An owner that cannot even open its log has taken nothing.
                maybeIn |= failure is not LogAwayException { MaybeIn: false };
            }

            await Task.Delay(pause, time, cancellationToken);
        }
    }

    private PushReceipt Receive(PushRequest request, PushItem[] items, StreamHub? hub, ulong epoch, PublishAnswer answer)
    {
        var first = new EventId(answer.Status.Epoch, answer.First);
        // With a key of our own it was our own try that had gone in: to the pusher this is the first time.
        var isDuplicate = answer.Outcome == PublishOutcome.Duplicate && request.IdempotencyKey is not null;
        // A repeated push may differ in what the key does not cover: its listeners get the first one, by the feed or a fetch.
        var messages = isDuplicate ? [] : new StreamMessage[items.Length];
        for (var i = 0; i < messages.Length; i++)
        {
            messages[i] = items[i].Numbered(first with { Sequence = first.Sequence + i }, request.Stream, answer.Timestamp);
        }

        // A hub that came meanwhile has asked for the head after this push was in: it has the message or fetches it.
        hub?.TakeReceipt(answer.Status, epoch, messages);
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

    // The original's troubleshooting guide looks for the words "Active clients".
    [LoggerMessage(1, LogLevel.Information, "Pushed {Stream} {Id}. Active clients: {Clients}")]
    private static partial void LogPushed(ILogger logger, StreamName stream, EventId id, int clients);

    [LoggerMessage(2, LogLevel.Warning, "The cluster did not answer a push to {Stream}; trying again")]
    private static partial void LogAway(ILogger logger, Exception failure, StreamName stream);
}
