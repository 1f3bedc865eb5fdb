using Microsoft.Extensions.Logging;
using Webstream.Grains.History;
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
/// <param name="lost">The log is not as this owner left it, or this owner failed: somebody else shall read what is there.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what operators should know.</param>
internal sealed partial class StreamCommitter(
    StreamName stream, StreamState state, IStreamHistory log, Action<HistoryBatch> committed, Func<Task<bool>> makeRoom, Action lost, TimeProvider time, ILogger logger)
{
    /// <summary>So many failures of a log in a row that nobody foresaw are no accident: it is left to another owner.</summary>
    internal const int MaxUnforeseen = 5;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OverduePeriod = TimeSpan.FromMilliseconds(250);

    private bool running;
    private bool stopped;
    private bool failed;
    private bool maybeIn;

    /// <summary>Commits until nobody waits, unless that is going on already.</summary>
    public void Start()
    {
        if (!running && !stopped)
        {
            running = true;
            // Nothing escapes from it.
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
        catch (Exception failure)
        {
            GiveUp(failure);
        }
        finally
        {
            running = false;
        }
    }

    // Whatever this owner believes may be wrong by now: everybody is answered, and the next owner reads what is there.
    private void GiveUp(Exception failure)
    {
        stopped = true;
        try
        {
            state.GiveUp(maybeIn);
            lost();
        }
        finally
        {
            LogGaveUp(logger, failure, stream);
        }
    }

    private async Task CommitAsync(CommitBatch batch)
    {
        var (result, refusal) = await AppendAsync(batch.History);
        // The place may go to another new stream before the second try.
        while (result == AppendResult.Full && !stopped && await makeRoom())
        {
            (result, refusal) = await AppendAsync(batch.History);
        }

        switch (result)
        {
            case AppendResult.Appended:
                state.Commit(batch);
                committed(batch.History);
                break;
            case AppendResult.Full:
                state.Abandon(batch, PushOutcome.Full);
                break;
            case AppendResult.Refused:
                state.Abandon(batch, PushOutcome.Retry);
                lost();
                break;
            default:
                // Surely not in: the numbers are free again, and the pushers hear at once that they may come back, or why they need not.
                foreach (var push in batch.Pushes)
                {
                    push.Refusal = refusal;
                }

                state.Abandon(batch, PushOutcome.Unavailable);
                break;
        }
    }

    // No result: the log does not answer, or refuses, and the batch is surely not in it. One that may be in is sent again, unchanged, until it
    // is known: the numbers after it cannot be given out before. But a log that refuses says the same again, and so does one that is broken; then
    // nobody knows, and whoever owns the stream next reads what is there.
    private async Task<(AppendResult? Result, string? Refusal)> AppendAsync(HistoryBatch batch)
    {
        var unforeseen = 0;
        maybeIn = false;
        while (true)
        {
            var refused = false;
            try
            {
                var result = await WatchAsync(log.AppendAsync(batch, CancellationToken.None));
                TellMended();
                if (result == AppendResult.Refused && maybeIn)
                {
                    // An earlier try may have gone in, and another owner has written after it.
                    state.ExpireBatch();
                }

                maybeIn = result == AppendResult.Appended;
                return (result, null);
            }
            catch (HistoryAwayException failure) when (!failure.MaybeIn && !maybeIn)
            {
                return (null, failure.Refusal);
            }
            catch (HistoryAwayException failure)
            {
                // The log itself says what is wrong with it.
                (maybeIn, refused, unforeseen) = (true, failure.Refusal is not null, 0);
            }
            catch (Exception failure)
            {
                TellFailed(failure);
                maybeIn = true;
                // A log that does not answer may do so later.
                if (failure is not TimeoutException && ++unforeseen == MaxUnforeseen)
                {
                    throw;
                }
            }

            if (stopped || refused)
            {
                // The new owner finds it in the log or not; the pusher asks again with its key.
                state.ExpireBatch();
                return (AppendResult.Refused, null);
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

    // Once, however often it is tried: a line for each of the ten tries a second would bury everything else.
    private void TellFailed(Exception failure)
    {
        if (!failed)
        {
            failed = true;
            LogFailed(logger, failure, stream);
        }
    }

    private void TellMended()
    {
        if (failed)
        {
            failed = false;
            LogMended(logger, stream);
        }
    }

    [LoggerMessage(1, LogLevel.Error, "The log of stream {Stream} failed at a batch in a way that nobody foresaw; trying again")]
    private static partial void LogFailed(ILogger logger, Exception failure, StreamName stream);

    [LoggerMessage(2, LogLevel.Information, "The log of stream {Stream} takes batches again")]
    private static partial void LogMended(ILogger logger, StreamName stream);

    [LoggerMessage(3, LogLevel.Critical, "Committing to stream {Stream} failed in a way that nobody foresaw. Those who wait are told so, and its owner steps down")]
    private static partial void LogGaveUp(ILogger logger, Exception failure, StreamName stream);
}
