using Webstream.Gateway.Limits;
using Webstream.Gateway.Reading;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// Holds callers to their limit of new streams. Whether a push begins a stream shows only in its answer. So a push to a stream that this gateway
/// does not know takes a name first, and gives it back if the stream was there. Only a caller that has none left waits for a look at the stream.
/// </summary>
internal sealed class NewStreams(CallerLimits limits, StreamRegistry streams, StreamStates states)
{
    /// <summary>Pushes, if the caller may begin the stream or it is there.</summary>
    /// <exception cref="WebstreamException">The caller has begun as many streams as it may, and nothing was pushed; or the push fails.</exception>
    public Task<PushReceipt> PushAsync(
        ILimitedCaller caller, PushRequest request, Func<PushRequest, CancellationToken, Task<PushReceipt>> push, CancellationToken gone) =>
        caller.LimitedAs.IsLimited && streams.FindOwner(request.Stream) is not { HasHistory: true }
            ? PushToUnknownAsync(caller, request, push, gone)
            : push(request, gone);

    private async Task<PushReceipt> PushToUnknownAsync(
        ILimitedCaller caller, PushRequest request, Func<PushRequest, CancellationToken, Task<PushReceipt>> push, CancellationToken gone)
    {
        if (limits.TakeNewStream(caller) is { } refusal)
        {
            return (await states.DescribeAsync(request.Stream)).Head != 0 ? await push(request, gone) : throw limits.CountNewStream(refusal);
        }

        var began = false;
        try
        {
            var receipt = await push(request, gone);
            began = receipt is { FirstId.Sequence: 1, Duplicate: false };
            return receipt;
        }
        catch (WebstreamException failure) when (failure.Error == WebstreamError.Unknown)
        {
            // It may have begun.
            began = true;
            throw;
        }
        finally
        {
            if (!began)
            {
                limits.ReturnNewStream(caller);
            }
        }
    }
}
