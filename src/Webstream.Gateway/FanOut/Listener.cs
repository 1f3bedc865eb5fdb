using System.Buffers;
using System.IO.Pipelines;

namespace Webstream.Gateway.FanOut;

/// <summary>
/// A connection that follows a <see cref="FrameLog"/>: a cursor, and a pipe to write to. From <see cref="FollowAsync"/> on only its shard
/// writes; nothing is queued for it, and everything it is behind by goes out in one write.
/// </summary>
/// <param name="output">The response's body.</param>
/// <param name="abort">Closes the connection at once, also while a write to it is stuck.</param>
/// <param name="group">The log to follow, and who writes.</param>
/// <param name="cursor">Where it begins.</param>
internal sealed class Listener(PipeWriter output, Action abort, FanOutGroup group, FrameCursor cursor) : IShardWork
{
    // One that is far behind shall not hold up the others of its shard.
    private const int MostPerTurn = 64 * 1024;

    private readonly TaskCompletionSource<ListenerEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly FanOutShard shard = group.Shard;
    private FrameCursor cursor = cursor;
    private long messagesRead;
    private long behindSince;
    private bool betweenFrames = true;
    private volatile Flush flush = Flush.Joining;
    private volatile ListenerEnd end;

    private enum Flush
    {
        Joining,
        Idle,
        Pending,
        Done,
        Left,
    }

    /// <summary>Its place in its group's list.</summary>
    public int Index { get; set; }

    /// <summary>
    /// Whether what was written ends with a whole frame. Else nothing may follow it: it would become a part of somebody's message.
    /// </summary>
    public bool EndedBetweenFrames => betweenFrames;

    /// <summary>
    /// Follows the log until the client is gone, is too slow, or is asked to end. The pipe is the caller's again afterwards.
    /// </summary>
    public Task<ListenerEnd> FollowAsync()
    {
        group.Join(this);
        return ended.Task;
    }

    /// <summary>Asks the listener to end. The first reason stays.</summary>
    public void End(ListenerEnd reason)
    {
        if (Interlocked.CompareExchange(ref end, reason, ListenerEnd.None) == ListenerEnd.None)
        {
            shard.Enqueue(this);
        }
    }

    void IShardWork.Run()
    {
        if (flush == Flush.Joining)
        {
            messagesRead = group.Log.Messages;
            group.Add(this);
            flush = Flush.Idle;
        }

        WriteOn();
    }

    /// <summary>Writes everything the connection is behind by, unless it is still busy with the last write.</summary>
    public void WriteOn()
    {
        switch (flush)
        {
            case Flush.Left:
                return;
            case Flush.Pending:
                CheckLag();
                return;
        }

        flush = Flush.Idle;
        if (end != ListenerEnd.None)
        {
            Leave();
            return;
        }

        int written;
        ValueTask<FlushResult> flushed;
        try
        {
            written = Copy();
            if (written == 0)
            {
                SetBehind(false);
                return;
            }

            flushed = output.FlushAsync();
        }
        catch (Exception)
        {
            // As in AwaitAsync; and the shard has other connections to serve.
            Interlocked.CompareExchange(ref end, ListenerEnd.Gone, ListenerEnd.None);
            Leave();
            return;
        }

        shard.Written(written);
        if (!flushed.IsCompletedSuccessfully)
        {
            flush = Flush.Pending;
            SetBehind(true);
            _ = AwaitAsync(flushed);
        }
        else if (flushed.Result.IsCompleted)
        {
            End(ListenerEnd.Gone);
        }
        else if (written == MostPerTurn)
        {
            // There may be more: to the end of the queue with it, so that the others get their turn.
            shard.Enqueue(this);
        }
        else
        {
            SetBehind(false);
        }
    }

    /// <summary>Cuts the connection if it is further behind than the options allow.</summary>
    public void CheckLag()
    {
        var options = shard.Options;
        if (flush == Flush.Pending
            && (group.Log.End - cursor.Position > options.MaxBehindBytes
                || group.Log.Messages - messagesRead > options.MaxBehindMessages
                || (behindSince != 0 && shard.Time.GetElapsedTime(behindSince) > options.MaxBehindTime))
            && Interlocked.CompareExchange(ref end, ListenerEnd.TooSlow, ListenerEnd.None) == ListenerEnd.None)
        {
            abort();
        }
    }

    /// <summary>The regular look at a connection that cannot take more.</summary>
    public void CheckStalled()
    {
        if (flush == Flush.Pending && end == ListenerEnd.Draining)
        {
            // A shutdown does not wait for one that takes nothing; it resumes elsewhere.
            abort();
            return;
        }

        CheckLag();
    }

    private int Copy()
    {
        var written = 0;
        var messages = group.Log.Messages;
        while (written < MostPerTurn)
        {
            var room = MostPerTurn - written;
            var read = cursor.Read(room);
            // What the log has published ends with a whole frame; what the turn's bound has cut off need not.
            betweenFrames = read.Length < room;
            if (read.IsEmpty)
            {
                // Up to date: what was counted before reading has been read.
                messagesRead = messages;
                break;
            }

            output.Write(read);
            written += read.Length;
        }

        return written;
    }

    private async Task AwaitAsync(ValueTask<FlushResult> flushed)
    {
        try
        {
            if ((await flushed.ConfigureAwait(false)).IsCompleted)
            {
                Interlocked.CompareExchange(ref end, ListenerEnd.Gone, ListenerEnd.None);
            }
        }
        catch (Exception)
        {
            // Whatever the transport says, the connection cannot be written to any more.
            Interlocked.CompareExchange(ref end, ListenerEnd.Gone, ListenerEnd.None);
        }

        flush = Flush.Done;
        shard.Enqueue(this);
    }

    private void SetBehind(bool isBehind)
    {
        if (isBehind != (behindSince != 0))
        {
            behindSince = isBehind ? Math.Max(1, shard.Time.GetTimestamp()) : 0;
            shard.SetStalled(this, isBehind);
        }
    }

    private void Leave()
    {
        flush = Flush.Left;
        SetBehind(false);
        group.Remove(this);
        ended.TrySetResult(end);
    }
}
