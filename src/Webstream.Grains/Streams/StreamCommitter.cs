using Microsoft.Extensions.Logging;
using Webstream.Grains.Log;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Takes batch after batch from the state to the log, one on its way at a time, and sees to it that nobody waits for longer than he said
/// while the log is slow. Runs on its grain's turns.
/// </summary>
/// <param name="stream">The stream, for the log messages.</param>
/// <param name="state">Whose batches are committed.</param>
/// <param name="log">Where they go.</param>
/// <param name="committed">A batch is in.</param>
/// <param name="makeRoom">The log is full: asks another stream to give way, and tells whether one did.</param>
/// <param name="lost">The log is not as this owner left it: somebody else shall read what is there.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what operators should know.</param>
internal sealed partial class StreamCommitter(
    StreamName stream, StreamState state, IStreamLog log, Action<LogBatch> committed, Func<Task<bool>> makeRoom, Action lost, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OverduePeriod = TimeSpan.FromMilliseconds(250);

    private bool running;
    private bool stopped;
    private bool away;

    /// <summary>Commits until nobody waits, unless that is going on already.</summary>
    public void Start()
    {
        if (!running && !stopped)
        {
            running = true;
            RunAsync().Ignore();
        }
    }

    /// <summary>Commits nothing more; those who wait shall ask the new owner.</summary>
    public void Stop()
    {
        stopped = true;
        state.AbandonWaiting();
    }

    private async Task RunAsync()
    {
        try
        {
            // Pushes that have arrived already get in before the first batch is closed.
            await Task.Yield();
            while (!stopped && state.TakeBatch() is { } batch)
            {
                await CommitAsync(batch);
            }
        }
        finally
        {
            running = false;
        }
    }

    private async Task CommitAsync(CommitBatch batch)
    {
        var result = await AppendAsync(batch.Log);
        // The place may go to another new stream before the second try.
        while (result == AppendResult.Full && !stopped && await makeRoom())
        {
            result = await AppendAsync(batch.Log);
        }

        switch (result)
        {
            case AppendResult.Appended:
                state.Commit(batch);
                committed(batch.Log);
                break;
            case AppendResult.Full:
                state.Abandon(batch, PublishOutcome.Full);
                break;
            case AppendResult.Refused:
                state.Abandon(batch, PublishOutcome.Retry);
                lost();
                break;
            default:
                // Surely not in: the numbers are free again, and the pushers hear at once that they may come back.
                state.Abandon(batch, PublishOutcome.Unavailable);
                break;
        }
    }

    // None: the log does not answer, and the batch is surely not in it. One that may be in is sent again, unchanged, until it is known:
    // the numbers after it cannot be given out before.
    private async Task<AppendResult?> AppendAsync(LogBatch batch)
    {
        var maybeIn = false;
        while (true)
        {
            try
            {
                var result = await WatchAsync(log.AppendAsync(batch, CancellationToken.None));
                TellBack();
                if (result == AppendResult.Refused && maybeIn)
                {
                    // An earlier try may have gone in, and another owner has written after it.
                    state.ExpireBatch();
                }

                return result;
            }
            catch (LogAwayException failure) when (!failure.MaybeIn && !maybeIn)
            {
                TellAway(failure);
                return null;
            }
            catch (Exception failure)
            {
                TellAway(failure);
                maybeIn = true;
            }

            if (stopped)
            {
                // The new owner finds it in the log or not; the pusher asks again with its key.
                state.ExpireBatch();
                return AppendResult.Refused;
            }

            state.ExpireOverdue();
            await Task.Delay(RetryPause, time);
        }
    }

    private async Task<AppendResult> WatchAsync(ValueTask<AppendResult> appending)
    {
        if (appending.IsCompleted)
        {
            return await appending;
        }

        var append = appending.AsTask();
        while (!append.IsCompleted)
        {
            await ((Task)append).WaitAsync(OverduePeriod, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            if (!append.IsCompleted)
            {
                state.ExpireOverdue();
            }
        }

        return await append;
    }

    // Once for an outage: a line for each of the ten tries a second would bury everything else.
    private void TellAway(Exception failure)
    {
        if (!away)
        {
            away = true;
            LogAway(logger, failure, stream);
        }
    }

    private void TellBack()
    {
        if (away)
        {
            away = false;
            LogBack(logger, stream);
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The log of stream {Stream} did not take a batch; trying again until it does")]
    private static partial void LogAway(ILogger logger, Exception failure, StreamName stream);

    [LoggerMessage(2, LogLevel.Information, "The log of stream {Stream} takes batches again")]
    private static partial void LogBack(ILogger logger, StreamName stream);
}
