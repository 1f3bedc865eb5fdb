using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Limits;

/// <summary>
/// Tells callers that their key's streams hold as much as they may. The store has counted that, for the whole cluster: it alone knows all streams.
/// </summary>
internal sealed class KeyQuotas(LimitMetrics metrics)
{
    // Streams are deleted, and messages grow too old, at any time.
    private static readonly TimeSpan Later = TimeSpan.FromMinutes(1);

    /// <summary>Ends a push that a quota refuses.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="quota">That of the caller.</param>
    /// <exception cref="WebstreamException">A quota refuses it. Nothing was pushed.</exception>
    public void ThrowIfOver(PushOutcome outcome, CallerQuota? quota)
    {
        var (limit, text) = outcome switch
        {
            PushOutcome.OverStreams => (Limit.KeyStreams, LimitTexts.ForKeyStreams(quota)),
            PushOutcome.OverBytes => (Limit.KeyBytes, LimitTexts.ForKeyBytes(quota)),
            PushOutcome.FounderOverBytes => (Limit.KeyBytes, LimitTexts.ForOtherKeyBytes()),
            _ => (Limit.KeyBytes, null),
        };
        if (text is not null)
        {
            metrics.Count(limit);
            throw new WebstreamException(WebstreamError.TooMuch, text) { RetryAfter = Later };
        }
    }
}
