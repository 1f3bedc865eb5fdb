using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Memory;
using Webstream.Gateway.Signing;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>A stream's frames: a frame buffer for each format and framing that has listeners.</summary>
/// <param name="stream">The stream.</param>
/// <param name="fanOut">Writes to the listeners.</param>
/// <param name="memory">The share that frames are charged to.</param>
/// <param name="secret">Signs the ids in frames of listeners that may not read history: once for all of them.</param>
internal sealed class StreamFrames(StreamName stream, FanOutShards fanOut, FairShare memory, EventIdSecret secret)
{
    private readonly Dictionary<(FrameFormat Format, Framing Framing), FrameBuffer> logs = [];
    private DateTimeOffset newsAfter;
    private bool hasEnded;

    /// <summary>Guards the frame buffers. Messages are also put in order under it, so that ordering and appending are one step.</summary>
    public Lock Gate { get; } = new();

    /// <summary>When the newest message here was pushed. Under the gate.</summary>
    public DateTimeOffset LastAt { get; private set; }

    /// <summary>Appends a message. Under the gate.</summary>
    public void Append(StreamMessage message)
    {
        hasEnded = message.IsEnd;
        LastAt = message.Timestamp;
        StreamMessage? signed = null;
        foreach (var ((format, _), log) in logs)
        {
            if (!format.HasSignedIds)
            {
                log.Append(message);
            }
            else if (message.Timestamp > newsAfter || message.IsEnd)
            {
                log.Append(signed ??= secret.Signer.Sign(message));
            }
            else
            {
                log.Pass();
            }
        }
    }

    /// <summary>The stream has ended at its present position: listeners that have passed the end mark end. Under the gate.</summary>
    public void End(StreamMessage mark)
    {
        if (hasEnded)
        {
            return;
        }

        hasEnded = true;
        foreach (var ((format, _), log) in logs)
        {
            log.AppendEnd(format.HasSignedIds ? secret.Signer.Sign(mark) : mark);
            log.Signal();
        }
    }

    /// <summary>Wakes the listeners. Under the gate.</summary>
    public void Signal()
    {
        foreach (var log in logs.Values)
        {
            log.Signal();
        }
    }

    /// <summary>Tells the listeners that the stream goes on at another position than after the last message. Under the gate.</summary>
    public void Jump(ResumeVerdict verdict, EventId position)
    {
        hasEnded = false;
        foreach (var ((format, _), log) in logs)
        {
            log.Append(format.HasSignedIds ? secret.Signer.Sign(stream, verdict) : verdict, position);
            log.Signal();
        }
    }

    /// <summary>
    /// Tells the listeners that the stream has begun anew. Those that may not read history get of it only what was pushed from now on. Under the gate.
    /// </summary>
    /// <param name="verdict">What is told to the others.</param>
    /// <param name="position">Where the stream goes on: before its oldest message.</param>
    /// <param name="newsAfter">What was pushed after this is news to everybody who listens.</param>
    public void Reset(ResumeVerdict verdict, EventId position, DateTimeOffset newsAfter)
    {
        hasEnded = false;
        this.newsAfter = newsAfter;
        foreach (var ((format, _), log) in logs)
        {
            log.Append(format.HasSignedIds ? secret.Signer.Sign(stream, verdict with { Replayed = 0 }) : verdict, position);
            log.Signal();
        }
    }

    /// <summary>Goes on at another position without telling the listeners. Under the gate.</summary>
    /// <param name="position">Where the stream goes on.</param>
    /// <param name="newsAfter">As for <see cref="Reset"/>.</param>
    public void MoveTo(EventId position, DateTimeOffset newsAfter = default)
    {
        hasEnded = false;
        this.newsAfter = newsAfter;
        foreach (var log in logs.Values)
        {
            log.MoveTo(position);
        }
    }

    /// <summary>Appends a keepalive to each frame buffer, and frees the frame buffers without listeners.</summary>
    public void Keepalive()
    {
        lock (Gate)
        {
            foreach (var (kind, log) in logs)
            {
                if (log.Listeners == 0)
                {
                    logs.Remove(kind);
                    log.Dispose();
                    continue;
                }

                log.AppendKeepalive();
                log.Signal();
            }
        }
    }

    /// <summary>How many listeners follow.</summary>
    public int Followers
    {
        get
        {
            lock (Gate)
            {
                return logs.Values.Sum(log => log.Listeners);
            }
        }
    }

    /// <summary>How many bytes are only kept for slow listeners.</summary>
    public long KeptByListeners
    {
        get
        {
            lock (Gate)
            {
                return logs.Values.Sum(log => log.KeptByListeners);
            }
        }
    }

    /// <summary>Charges what is in memory now.</summary>
    public void Weigh() => OnEach(static log => log.Weigh());

    /// <summary>Frees the frames that listeners at the end do not need.</summary>
    public void Trim() => OnEach(static log => log.Trim());

    /// <summary>Cuts, in each frame buffer, the listener that keeps the most bytes; it comes back and resumes.</summary>
    public void CutMostBehind() => OnEach(static log =>
    {
        if (log.KeptByListeners > 0)
        {
            log.CutMostBehind();
        }
    });

    /// <summary>Frees all frame buffers; no listener will follow any more.</summary>
    public void Close()
    {
        lock (Gate)
        {
            foreach (var log in logs.Values)
            {
                log.Dispose();
            }

            logs.Clear();
        }
    }

    /// <summary>Finds the place from which a listener at a position goes on, and reserves a place in a group for it. Under the gate.</summary>
    /// <param name="format">The format that the listener wants.</param>
    /// <param name="framing">Who frames its messages.</param>
    /// <param name="position">The listener's position.</param>
    /// <param name="now">The stream's position.</param>
    /// <param name="group">The group that the listener joins.</param>
    /// <param name="cursor">Where the listener begins to read.</param>
    public bool TryFollow(
        FrameFormat format, Framing framing, EventId position, EventId now, [NotNullWhen(true)] out FanOutGroup? group, out FrameCursor cursor)
    {
        if (!logs.TryGetValue((format, framing), out var log))
        {
            logs.Add((format, framing), log = new(format, framing, fanOut, memory, now));
            if (hasEnded)
            {
                log.Seal();
            }
        }

        group = null;
        cursor = log.EndCursor;
        if (position == now || log.TrySeek(position, out cursor))
        {
            group = log.SmallestGroup;
            group.Reserve();
        }

        return group is not null;
    }

    private void OnEach(Action<FrameBuffer> act)
    {
        lock (Gate)
        {
            foreach (var log in logs.Values)
            {
                act(log);
            }
        }
    }
}
