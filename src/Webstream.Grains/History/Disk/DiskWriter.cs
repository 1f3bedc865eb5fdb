using Microsoft.Extensions.Logging;
using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The one thread that writes. What gathers while one transaction is on its way to the disk goes into the next, whatever its streams: an fsync for
/// each stream would be one for each push of a thousand quiet streams. Between transactions it does the upkeep.
/// </summary>
internal sealed partial class DiskWriter : IDisposable
{
    /// <summary>The most bytes of messages in one transaction, but for its last batch. The first batch in it does not wait long for the last.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    private const int MaxBatches = 1024;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Queue<DiskJob> waiting = new();
    private readonly DiskCore core;
    private readonly DiskAppender appender;
    private readonly DiskUpkeep upkeep;
    private readonly bool everySecond;
    private readonly ILogger logger;
    private readonly ITimer soon;
    private readonly ITimer sweep;
    private readonly Thread thread;
    private readonly TaskCompletionSource started = new();
    private bool soonIsSet;
    private bool ended;

    public DiskWriter(DiskCore core, DiskAppender appender, DiskUpkeep upkeep, HistorySync sync, TimeProvider time, ILogger logger)
    {
        (this.core, this.appender, this.upkeep, this.logger) = (core, appender, upkeep, logger);
        everySecond = sync == HistorySync.EverySec;
        soon = time.CreateTimer(_ => Post(Soon), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        sweep = time.CreateTimer(_ => Post(Sweep), null, Minute, Minute);
        thread = new(Run) { IsBackground = true, Name = "history writer" };
    }

    /// <summary>Opens the file.</summary>
    /// <exception cref="HistoryFileException">It cannot be used.</exception>
    public void Start()
    {
        thread.Start();
        started.Task.GetAwaiter().GetResult();
    }

    /// <summary>Appends a batch.</summary>
    public Task<AppendResult> AppendAsync(StreamName stream, HistoryBatch batch)
    {
        var job = new DiskAppend(stream, batch);
        Put(job);
        return job.Outcome;
    }

    /// <summary>Runs work on the writer's thread, in the order of what waits.</summary>
    public Task<T> RunAsync<T>(Func<T> work)
    {
        var job = new DiskCall<T>(work);
        Put(job);
        return job.Outcome;
    }

    /// <summary>Trims a stream to its bounds.</summary>
    public Task TrimAsync(StreamName stream)
    {
        var done = new DiskCall<bool>(static () => true);
        Post(() =>
        {
            if (core.File.IsOpen)
            {
                upkeep.Trim(stream, done);
                upkeep.Resume();
            }
            else
            {
                done.Fail(Closed());
            }
        });
        return done.Outcome;
    }

    /// <summary>For tests: completes when nothing waits and the upkeep has nothing to do.</summary>
    public async Task IdleAsync()
    {
        while (await RunAsync(() => upkeep.HasWork))
        {
            await Task.Yield();
        }
    }

    public void Dispose()
    {
        soon.Dispose();
        sweep.Dispose();
        lock (waiting)
        {
            ended = true;
            Monitor.Pulse(waiting);
        }

        thread.Join();
    }

    private void Post(Action work) => Put(new DiskCall<bool>(() =>
    {
        work();
        return true;
    }));

    private void Put(DiskJob job)
    {
        lock (waiting)
        {
            if (!ended)
            {
                waiting.Enqueue(job);
                Monitor.Pulse(waiting);
                return;
            }
        }

        job.Fail(Closed());
    }

    private void Run()
    {
        try
        {
            core.Start();
            started.SetResult();
        }
        catch (Exception failure)
        {
            started.SetException(failure);
            return;
        }

        Guard(null, () =>
        {
            core.TakeReserve();
            Sweep();
        });
        while (Take() is { } jobs)
        {
            Do(jobs);
            // A step at least, so that upkeep comes to its turn however much is pushed; more of them while more is appended than trimmed.
            do
            {
                if (upkeep.HasWork)
                {
                    Guard(null, upkeep.Step);
                }
            }
            while (upkeep.IsBehind);

            if (!soonIsSet && ((everySecond && core.File.Unsynced) || core.Refusal is not null))
            {
                soonIsSet = soon.Change(Second, Timeout.InfiniteTimeSpan);
            }
        }

        upkeep.Fail(Closed());
        core.End();
    }

    // None: the end, and nothing waits. An empty list: there is upkeep to do.
    private List<DiskJob>? Take()
    {
        lock (waiting)
        {
            while (waiting.Count == 0 && !ended && !upkeep.HasWork)
            {
                Monitor.Wait(waiting);
            }

            if (waiting.Count == 0)
            {
                return ended ? null : [];
            }

            var (taken, bytes) = (new List<DiskJob>(), 0L);
            while (taken.Count < MaxBatches && bytes < MaxBytes && waiting.TryDequeue(out var job))
            {
                taken.Add(job);
                bytes += job is DiskAppend append ? append.Batch.Messages.Sum(message => (long)message.Size) : 0;
            }

            return taken;
        }
    }

    private void Do(List<DiskJob> jobs)
    {
        for (var i = 0; i < jobs.Count;)
        {
            var appends = jobs.Skip(i).TakeWhile(job => job is DiskAppend).Cast<DiskAppend>().ToList();
            if (appends.Count > 0)
            {
                Guard(appends, () => appender.Append(appends));
                i += appends.Count;
            }
            else
            {
                var call = (DiskCall)jobs[i++];
                Guard([call], call.Run);
            }
        }
    }

    // Whatever happens, whoever waits is answered, and the thread lives on.
    private void Guard(IReadOnlyList<DiskJob>? jobs, Action work)
    {
        Exception? told = null;
        try
        {
            work();
        }
        catch (HistoryAwayException failure)
        {
            told = failure;
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
        {
            told = core.After(failure);
        }
        catch (Exception failure)
        {
            LogUnforeseen(logger, failure);
            told = failure;
            Guard(null, () => core.After(new IOException("an unforeseen failure", failure)));
        }

        foreach (var job in told is null ? [] : jobs ?? [])
        {
            job.Fail(told!);
        }

        if (told is not null && jobs is null)
        {
            upkeep.Fail(told);
        }
    }

    private void Soon()
    {
        soonIsSet = false;
        if (core.Refusal is not null)
        {
            upkeep.Resume();
            core.Mend();
        }
        else if (core.File.Unsynced)
        {
            core.File.SyncNow();
        }
    }

    private void Sweep()
    {
        upkeep.Resume();
        if (core.File.IsOpen)
        {
            upkeep.TrimAged();
            upkeep.LookAtRoom();
            core.NoteAges();
        }
    }

    private static HistoryAwayException Closed() => new("The history is closed.", maybeIn: false);

    [LoggerMessage(1, LogLevel.Error, "The history failed in a way that nobody foresaw; its file is opened again")]
    private static partial void LogUnforeseen(ILogger logger, Exception failure);
}
