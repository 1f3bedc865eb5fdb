using Orleans.Runtime;
using Webstream.Grains.Log;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>Calls that may be repeated: a cluster that is away is an answer of its own, not an error of ours.</summary>
internal static class ClusterCall
{
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public static async Task<T> Of<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (LogAwayException failure) when (failure.Refusal is not null)
        {
            throw new WebstreamException(WebstreamError.Unavailable, $"{failure.Refusal}. Try again once that has been changed.");
        }
        catch (Exception failure) when (IsAway(failure))
        {
            throw new WebstreamException(WebstreamError.Unavailable, "The cluster does not answer now. Try again in a moment.");
        }
    }

    /// <summary>Whether a failed call says only that nobody answered.</summary>
    public static bool IsAway(Exception failure) => failure is TimeoutException or OrleansException or LogAwayException or ObjectDisposedException;
}
