using Microsoft.Extensions.Logging;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Commits batch after batch from the state to the history, one in flight at a time. While the history is slow, it answers every pusher whose
/// patience ends. Runs on its grain's turns.
/// </summary>
/// <param name="stream">The stream, for the log messages.</param>
/// <param name="state">The state whose batches are committed.</param>
/// <param name="log">The history that gets the batches.</param>
/// <param name="committed">Called when a batch is in the history.</param>
/// <param name="deleted">Called when the history has been deleted.</param>
/// <param name="makeRoom">Called when the history is full: asks other streams to give way, and tells whether one did.</param>
/// <param name="lost">Called when the history is not as this owner left it, or this owner failed: another owner shall read the history.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what operators should know.</param>
internal sealed partial class StreamCommitter(
    StreamName stream, StreamState state, IStreamHistory log, Action<HistoryBatch> committed, Action<Deletion> deleted, Func<Task<bool>> makeRoom, Action lost, TimeProvider time, ILogger logger)
{
    /// <summary>After so many unexpected failures in a row, which are no accident, this owner leaves the history to another owner.</summary>
    internal const int MaxUnforeseen = 5;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan OverduePeriod = TimeSpan.FromMilliseconds(250);

    private bool running;
    private bool stopped;
    private bool failed;
    private bool maybeIn;

    /// <summary>Commits until no push waits, unless that is going on already.</summary>
    public void Start()
    {
        if (!running && !stopped)
        {
            running = true;
            // It handles every exception itself.
            RunAsync().Ignore();
        }
    }

    /// <summary>Commits nothing more; the pushers that wait shall ask the new owner.</summary>
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
            while (!stopped && state.AnyWaits)
            {
                if (state.TakeDeletion() is { } deletion)
                {
                    await DeleteAsync(deletion);
                }
                else if (state.TakeBatch() is { } batch)
                {
                    await CommitAsync(batch);
                }
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

    // Whatever this owner believes may be wrong by now: every pusher is answered, and the next owner reads the history.
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
        Func<ValueTask<AppendResult>> append = () => log.AppendAsync(batch.History, CancellationToken.None);
        var (result, refusal) = await AskAsync(append);
        // The place may go to another new stream before the second try.
        while (result == AppendResult.Full && !stopped && await makeRoom())
        {
            (result, refusal) = await AskAsync(append);
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
            case AppendResult.OverStreams or AppendResult.OverBytes or AppendResult.FounderOverBytes when batch.Pushes.Count > 1:
                state.TakeApart(batch);
                break;
            case AppendResult.OverStreams:
                state.Abandon(batch, PushOutcome.OverStreams);
                break;
            case AppendResult.OverBytes:
                state.Abandon(batch, PushOutcome.OverBytes);
                break;
            case AppendResult.FounderOverBytes:
                state.Abandon(batch, PushOutcome.FounderOverBytes);
                break;
            // The end that this owner does not know is another owner's.
            case AppendResult.Refused or AppendResult.Ended:
                state.Abandon(batch, PushOutcome.Retry);
                lost();
                break;
            default:
                // The batch is surely not in the history. Its sequences are free again, and the pushers are told at once to retry, or why a retry
                // is of no use.
                foreach (var entry in batch.Entries)
                {
                    entry.Refusal = refusal;
                }

                state.Abandon(batch, PushOutcome.Unavailable);
                break;
        }
    }

    private async Task DeleteAsync(Deletion deletion)
    {
        var (result, refusal) = await AskAsync(async () =>
            await log.DeleteAsync(deletion.Head, deletion.Epoch, deletion.Life, CancellationToken.None) ? AppendResult.Appended : AppendResult.Refused);
        switch (result)
        {
            case AppendResult.Appended:
                state.Commit(deletion);
                deleted(deletion);
                break;
            case null:
                deletion.Change.Refusal = refusal;
                state.Abandon(deletion, PushOutcome.Unavailable);
                break;
            default:
                state.Abandon(deletion, PushOutcome.Retry);
                lost();
                break;
        }
    }

    // No result: the history does not answer, or refuses, and the batch is surely not in it. A batch that may be in is sent again, unchanged,
    // until the outcome is known: the sequences after it cannot be given out before. But a history that refuses would refuse every retry, and a
    // broken one would fail again. Then the outcome stays unknown, and the next owner of the stream reads the history.
    private async Task<(AppendResult? Result, string? Refusal)> AskAsync(Func<ValueTask<AppendResult>> ask)
    {
        var unforeseen = 0;
        maybeIn = false;
        while (true)
        {
            var refused = false;
            try
            {
                var result = await WatchAsync(ask());
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
                // The history itself logs what is wrong with it.
                (maybeIn, refused, unforeseen) = (true, failure.Refusal is not null, 0);
            }
            catch (Exception failure)
            {
                TellFailed(failure);
                maybeIn = true;
                // A history that does not answer may answer later.
                if (failure is not TimeoutException && ++unforeseen == MaxUnforeseen)
                {
                    throw;
                }
            }

            if (stopped || refused)
            {
                // The new owner finds the batch in the history, or does not; the pusher asks again with its key.
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

    // One line per failure, however often it is retried: a line for each of the ten tries a second would bury everything else.
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
