namespace Webstream.Grains.History.Disk;

/// <summary>
/// A few connections that only read, each on a thread of its own: SQLite waits for the disk on the thread that asks. A question is one short
/// transaction, so that it never holds up a checkpoint for long.
/// </summary>
internal sealed class DiskReaders : IDisposable
{
    /// <summary>How many threads read.</summary>
    public const int Count = 2;

    /// <summary>What each connection keeps in memory at most, in bytes.</summary>
    public const int CacheBytes = 2 * 1024 * 1024;

    private readonly string path;
    private readonly Queue<Question> waiting = new();
    private readonly DiskSession?[] sessions = new DiskSession?[Count];
    private readonly ReaderWriterLockSlim use = new();
    private readonly Thread[] threads;
    private bool ended;

    public DiskReaders(string path)
    {
        this.path = path;
        threads = [.. Enumerable.Range(0, Count).Select(i => new Thread(() => Run(i)) { IsBackground = true, Name = $"history reader {i + 1}" })];
        foreach (var thread in threads)
        {
            thread.Start();
        }
    }

    /// <summary>Asks on a reader's thread. The failures of the file come as they are.</summary>
    public Task<T> AskAsync<T>(Func<DiskSession, T> ask)
    {
        var question = new Question<T>(ask);
        lock (waiting)
        {
            if (ended)
            {
                question.Fail(new IOException($"{path} is closed"));
                return question.Answer;
            }

            waiting.Enqueue(question);
            Monitor.Pulse(waiting);
        }

        return question.Answer;
    }

    /// <summary>Runs work while no reader has the file open. They open it again when somebody asks.</summary>
    public T Without<T>(Func<T> work)
    {
        use.EnterWriteLock();
        try
        {
            Close();
            return work();
        }
        finally
        {
            use.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        lock (waiting)
        {
            ended = true;
            Monitor.PulseAll(waiting);
        }

        foreach (var thread in threads)
        {
            thread.Join();
        }

        Close();
        use.Dispose();
    }

    private void Close()
    {
        for (var i = 0; i < Count; i++)
        {
            sessions[i]?.Dispose();
            sessions[i] = null;
        }
    }

    private void Run(int number)
    {
        while (Take() is { } question)
        {
            use.EnterReadLock();
            try
            {
                question.Put(sessions[number] ??= new(path));
            }
            catch (Exception failure)
            {
                question.Fail(failure);
            }
            finally
            {
                use.ExitReadLock();
            }
        }
    }

    // None: the end. Whoever waits then is answered first.
    private Question? Take()
    {
        lock (waiting)
        {
            while (waiting.Count == 0 && !ended)
            {
                Monitor.Wait(waiting);
            }

            return waiting.TryDequeue(out var question) ? question : null;
        }
    }

    private abstract class Question
    {
        public abstract void Put(DiskSession session);

        public abstract void Fail(Exception failure);
    }

    private sealed class Question<T>(Func<DiskSession, T> ask) : Question
    {
        private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<T> Answer => answer.Task;

        public override void Put(DiskSession session) => answer.TrySetResult(ask(session));

        public override void Fail(Exception failure) => answer.TrySetException(failure);
    }
}
