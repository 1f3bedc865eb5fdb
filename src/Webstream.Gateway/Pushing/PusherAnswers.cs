using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>What a pusher hears: the receipt, why nothing was pushed, or that it is not known.</summary>
internal static class PusherAnswers
{
    private const string ClosedText =
        "The stream is closed and takes no more messages; nothing was pushed. Push to another stream, or delete this one to begin anew "
        + "(DELETE /api/streams/{name}).";

    private static readonly TimeSpan RefusedFor = TimeSpan.FromSeconds(10);

    /// <summary>Whether the push is in the history.</summary>
    public static bool IsIn(PushResult answer) => answer.Outcome is PushOutcome.Accepted or PushOutcome.Duplicate;

    /// <summary>Ends a push whose outcome another attempt would not change.</summary>
    /// <param name="outcome">What an attempt answered.</param>
    /// <param name="maybeIn">Another attempt may have pushed: then only that attempt's answer can say that nothing was pushed.</param>
    /// <exception cref="WebstreamException">Nothing was pushed.</exception>
    public static void ThrowIfFinal(PushOutcome outcome, bool maybeIn)
    {
        switch (outcome)
        {
            case PushOutcome.KeyReused:
                throw new WebstreamException(
                    WebstreamError.KeyReused, "This idempotency key was used for another message. Use a new key for a new message.");
            case PushOutcome.Closed when !maybeIn:
                throw new WebstreamException(WebstreamError.Closed, ClosedText);
            case PushOutcome.Overloaded when !maybeIn:
                throw new WebstreamException(WebstreamError.Unavailable, "Too many pushes wait; nothing was pushed. Try again in a moment.");
            case PushOutcome.Moved when !maybeIn:
                throw new WebstreamException(
                    WebstreamError.Moved, "The history of this stream was moved away (webstream-gateway history export --final), or is being moved here and not whole yet; nothing was pushed. "
                    + "Push where it goes on, or when the import is over.");
            case PushOutcome.Full when !maybeIn:
                throw Full("nothing was pushed");
        }
    }

    /// <summary>There is no place for one more stream.</summary>
    /// <param name="nothing">What was not done.</param>
    public static WebstreamException Full(string nothing) => new(
        WebstreamError.Unavailable,
        "There are as many streams as Webstream__Log__MaxStreams allows or the memory carries, and none has been quiet for so long "
        + $"(Webstream__Log__QuietFor) that it gives way; {nothing}. Use one that exists, raise the setting, or try again later.")
    { RetryAfter = TimeSpan.FromMinutes(1) };

    /// <summary>Ends a push that the history refuses: the refusal would stay the same for as long as the pusher waits.</summary>
    /// <param name="refusal">Why, as a sentence without its full stop; none when the history does not refuse.</param>
    /// <param name="maybeIn">As for <see cref="ThrowIfFinal"/>.</param>
    /// <exception cref="WebstreamException">Nothing was pushed.</exception>
    public static void ThrowIfRefused(string? refusal, bool maybeIn)
    {
        if (refusal is not null && !maybeIn)
        {
            throw new WebstreamException(WebstreamError.Unavailable, $"{refusal}. Nothing was pushed. Try again once that has been changed.")
            { RetryAfter = RefusedFor };
        }
    }

    /// <summary>No attempt has brought an answer in time.</summary>
    /// <param name="maybeIn">An attempt may have pushed.</param>
    /// <param name="refusal">As for <see cref="ThrowIfRefused"/>.</param>
    /// <param name="key">The idempotency key with which the pusher can find out.</param>
    public static WebstreamException NoAnswer(bool maybeIn, string? refusal, string key) => maybeIn
        ? new(
            WebstreamError.Unknown,
            refusal is null
                ? "The cluster did not answer in time, and it is not known whether the message went in. Push it again with the same idempotencyKey: it will not double."
                : $"{refusal}. It is not known whether the message went in. Push it again with the same idempotencyKey once that has been changed: it will not double.")
        { IdempotencyKey = key }
        : new(WebstreamError.Unavailable, "The cluster cannot take the message now; nothing was pushed. Try again in a moment.");

    /// <summary>The receipt of a push that is in the history.</summary>
    public static PushReceipt Receipt(PushRequest request, PushResult answer)
    {
        var first = answer.FirstId;
        return new()
        {
            Stream = request.Stream,
            FirstId = first,
            LastId = first with { Sequence = answer.First + answer.Count - 1 },
            Timestamp = answer.Timestamp,
            Clients = answer.Status.Clients,
            Gateways = answer.Status.Gateways,
            Foreign = answer.Status.Foreign,
            // With a key that the gateway made, an earlier attempt of the gateway had gone in: to the pusher this is the first time.
            Duplicate = answer.Outcome == PushOutcome.Duplicate && request.IdempotencyKey is not null,
            Settled = answer.Status.Settled,
        };
    }
}
