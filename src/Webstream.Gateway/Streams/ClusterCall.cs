using Orleans.Runtime;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>What a failed call to the cluster means. A cluster that is away gets an answer of its own; it is not an error of the gateway.</summary>
internal static class ClusterCall
{
    /// <summary>Makes a call that may be repeated.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public static async Task<T> Of<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception failure) when (RefusalOf(failure) is not null)
        {
            throw new WebstreamException(WebstreamError.Unavailable, $"{RefusalOf(failure)}. Try again once that has been changed.");
        }
        catch (Exception failure) when (IsAway(failure))
        {
            throw new WebstreamException(WebstreamError.Unavailable, "The cluster does not answer now. Try again in a moment.");
        }
    }

    /// <summary>Whether a failed call says only that nobody answered.</summary>
    public static bool IsAway(Exception failure) => failure is TimeoutException or OrleansException or HistoryAwayException or ObjectDisposedException;

    /// <summary>Why the history refuses the call, as a sentence without its full stop; none when the failure gives no such reason.</summary>
    public static string? RefusalOf(Exception failure) => (failure as HistoryAwayException)?.Refusal;

    /// <summary>Whether the pushed messages may be in the history. An owner that cannot even open its history has taken nothing.</summary>
    public static bool MayHavePushed(Exception failure) => failure is not HistoryAwayException { MaybeIn: false };

    /// <summary>Whether a silo of an older version, in the middle of an upgrade, may not have known the call.</summary>
    public static bool MayBeUnknown(Exception failure) => !IsAway(failure) && failure is not (WebstreamException or OutOfMemoryException);
}
