using Webstream.Grains.History;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>Ends the history of a quiet stream, so that a new stream gets its place: see <see cref="IStreamGrain.GiveWay"/>. On its grain's turns.</summary>
/// <param name="state">The stream's state.</param>
/// <param name="log">Its history.</param>
/// <param name="listeners">Its listeners.</param>
/// <param name="quietFor">How long nothing must have been pushed.</param>
/// <param name="ended">Called with the epoch that has ended, before callers that wait for the end go on.</param>
/// <param name="time">The clock of the histories.</param>
internal sealed class HistoryEnd(
    StreamState state, IStreamHistory log, ListenersKnown listeners, TimeSpan quietFor, Action<ulong> ended, TimeProvider time)
{
    private Task? ending;

    /// <summary>The end that is under way.</summary>
    public Task? UnderWay => ending;

    /// <summary>Ends the history, if nobody needs it and it is as the caller knows it.</summary>
    /// <returns>Whether it has ended.</returns>
    /// <exception cref="HistoryAwayException">The history does not answer. It may be gone.</exception>
    public async Task<bool> TryAsync(ulong epoch, long head)
    {
        if (ending is not null || state.Epoch != epoch || state.Head != head || epoch == 0 || !state.IsIdle
            || !listeners.SurelyNone || log.Range.HeadAt > time.GetUtcNow() - quietFor)
        {
            return false;
        }

        // Race with a push that comes meanwhile: the history refuses either the push or the end of the history.
        var forgetting = log.ForgetAsync(new(epoch, head), CancellationToken.None).AsTask();
        ending = forgetting;
        try
        {
            if (!await forgetting)
            {
                return false;
            }
        }
        finally
        {
            ending = null;
        }

        ended(epoch);
        return true;
    }
}
