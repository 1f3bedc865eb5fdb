namespace Webstream.Gateway.FanOut;

/// <summary>
/// A connection that follows a <see cref="FrameBuffer"/>: little more than a cursor. From <see cref="Start"/> on only its shard writes to it.
/// Nothing is queued for it; everything it is behind by goes out in one write. The derived class decides how bytes are written.
/// </summary>
/// <param name="group">The group that it joins: the frame buffer to follow, and the shard that writes.</param>
/// <param name="cursor">Where it begins to read.</param>
internal abstract class Listener(FanOutGroup group, FrameCursor cursor) : IShardWork
{
    private readonly FanOutGroup group = group;
    private FrameCursor cursor = cursor;
    private long messagesRead;
    private long behindSince;
    private volatile State state = State.Joining;
    private volatile ListenerEnd end;

    private enum State
    {
        Joining,
        Idle,
        Writing,
        Written,
        Left,
    }

    /// <summary>What became of a write.</summary>
    protected enum Outcome
    {
        /// <summary>The connection has all the bytes.</summary>
        Taken,

        /// <summary>The connection has all the bytes, and is busy with them. <see cref="Written"/> is called when it is done.</summary>
        Busy,

        /// <summary>As <see cref="Busy"/>, but the connection has not got all bytes yet: it may stand in the middle of a frame.</summary>
        Partial,

        /// <summary>The client has gone.</summary>
        Gone,
    }

    /// <summary>Its place in its group's list.</summary>
    public int Index { get; set; }

    /// <summary>
    /// Whether the written bytes end with a whole frame. If not, nothing may follow them: it would become a part of a message.
    /// </summary>
    public bool EndedBetweenFrames { get; private set; } = true;

    /// <summary>The group that it belongs to.</summary>
    public FanOutGroup Group => group;

    /// <summary>The connection cannot take more.</summary>
    public bool IsStalled => behindSince != 0;

    /// <summary>Since when it cannot take more, in the clock's own measure; 0 when it can. Only on a turn of its shard.</summary>
    public long BehindSince => behindSince;

    /// <summary>By how many bytes of the frame buffer it is behind. Only on a turn of its shard.</summary>
    public long Behind => group.Buffer.End - cursor.Position;

    /// <summary>How many bytes are held for it besides the frame buffer while it cannot take more.</summary>
    public abstract int StalledWeight { get; }

    /// <summary>The most bytes it writes in one turn: a listener that is far behind shall not hold up the others of its shard.</summary>
    protected virtual int MaxPerTurn => 64 * 1024;

    /// <summary>How its shard serves listeners.</summary>
    protected ListenerOptions Options => Shard.Options;

    private FanOutShard Shard => group.Shard;

    /// <summary>Follows the frame buffer until the client is gone, or the listener is too slow or is asked to end.</summary>
    public void Start() => group.Join(this);

    /// <summary>Asks the listener to end. The first reason stays.</summary>
    public void End(ListenerEnd reason)
    {
        if (TrySetEnd(reason))
        {
            Shard.Enqueue(this);
        }
    }

    void IShardWork.Run()
    {
        if (state == State.Joining)
        {
            messagesRead = group.Buffer.Messages;
            group.Add(this);
            state = State.Idle;
        }

        WriteOn();
    }

    /// <summary>Writes everything the connection is behind by, unless it is still busy with the last write.</summary>
    public void WriteOn()
    {
        switch (state)
        {
            case State.Left:
                return;
            case State.Writing:
                CheckStuck();
                return;
        }

        if (end != ListenerEnd.None)
        {
            Leave();
            return;
        }

        // Set before the write: the write can be over before its call has returned.
        state = State.Writing;
        var messages = group.Buffer.Messages;
        var outcome = Outcome.Gone;
        var written = 0;
        var most = MaxPerTurn;
        try
        {
            outcome = Write(ref cursor, most, out written);
        }
        catch (Exception)
        {
            // Whatever the transport says, the connection cannot be written to any more, and the shard has others to serve.
        }

        Shard.Written(written);
        // The bytes in the frame buffer end with a whole frame; bytes that were cut off at the turn's bound need not.
        EndedBetweenFrames = outcome != Outcome.Partial && written < most;
        switch (outcome)
        {
            case Outcome.Busy or Outcome.Partial:
                SetBehind(true);
                return;
            case Outcome.Gone:
                TrySetEnd(ListenerEnd.Gone);
                Leave();
                return;
        }

        state = State.Idle;
        if (!EndedBetweenFrames)
        {
            // There may be more. The listener goes to the end of the queue, so that the others get their turn.
            Shard.Enqueue(this);
            return;
        }

        if (cursor.IsAtEndOfStream)
        {
            TrySetEnd(ListenerEnd.Ended);
            Leave();
            return;
        }

        // Up to date: the messages that were counted before the write have been read.
        messagesRead = messages;
        SetBehind(false);
    }

    /// <summary>Checks a connection that cannot take more. Called at every sweep.</summary>
    public void CheckStalled()
    {
        if (state == State.Writing && end is (ListenerEnd.Draining or ListenerEnd.Denied))
        {
            // Neither a shutdown nor a revoked key waits for a client that takes nothing.
            Abort();
            return;
        }

        CheckStuck();
    }

    /// <summary>Cuts it, because there is no memory for the bytes that it has not taken. Only on a turn of its shard.</summary>
    public void CutOff()
    {
        if (state == State.Writing && TrySetEnd(ListenerEnd.TooSlow))
        {
            Abort();
        }
    }

    /// <summary>Writes the bytes after the cursor, up to the given bound, and moves the cursor on. Never waits.</summary>
    protected abstract Outcome Write(ref FrameCursor cursor, int most, out int written);

    /// <summary>Closes the connection at once, also while a write to it is stuck.</summary>
    protected abstract void Abort();

    /// <summary>The listener does not follow any more. Only on a turn of its shard.</summary>
    protected abstract void Ended(ListenerEnd reason);

    /// <summary>A write that was busy or partial is over.</summary>
    /// <param name="count">How many more bytes of the frame buffer the connection has taken.</param>
    /// <param name="isGone">The client has gone.</param>
    protected void Written(int count, bool isGone)
    {
        if (isGone)
        {
            TrySetEnd(ListenerEnd.Gone);
        }

        // While it writes nobody else moves the cursor.
        cursor.Advance(count);
        state = State.Written;
        Shard.Enqueue(this);
    }

    // Cuts the connection if the client has gone while the write was under way, or is further behind than the options allow.
    private void CheckStuck()
    {
        if (state != State.Writing)
        {
            return;
        }

        if (end == ListenerEnd.Gone)
        {
            Abort();
            return;
        }

        var options = Options;
        if ((Behind > options.MaxBehindBytes
                || group.Buffer.Messages - messagesRead > options.MaxBehindMessages
                || (behindSince != 0 && Shard.Time.GetElapsedTime(behindSince) > options.MaxBehindTime))
            && TrySetEnd(ListenerEnd.TooSlow))
        {
            Abort();
        }
    }

    private bool TrySetEnd(ListenerEnd reason) => Interlocked.CompareExchange(ref end, reason, ListenerEnd.None) == ListenerEnd.None;

    private void SetBehind(bool isBehind)
    {
        if (isBehind != (behindSince != 0))
        {
            behindSince = isBehind ? Math.Max(1, Shard.Time.GetTimestamp()) : 0;
            Shard.SetStalled(this, isBehind);
        }
    }

    private void Leave()
    {
        state = State.Left;
        SetBehind(false);
        group.Remove(this);
        Ended(end);
    }
}
