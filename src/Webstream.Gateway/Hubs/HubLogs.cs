using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Hubs;

/// <summary>The logs that a hub's listeners follow: one for each format that somebody asked for. Used under its hub's gate.</summary>
internal sealed class HubLogs(FanOutShards fanOut)
{
    private readonly Dictionary<FrameFormat, FrameLog> logs = [];

    /// <summary>
    /// Finds the place from which a listener at a position goes on, if its log reaches back to it.
    /// The listener has its place in the group from then on, and must take it.
    /// </summary>
    /// <param name="format">How the listener wants its messages.</param>
    /// <param name="position">Where the listener is.</param>
    /// <param name="now">Where the hub is: a log that is new begins here.</param>
    /// <param name="group">Who will write to the listener.</param>
    /// <param name="cursor">Where it begins.</param>
    public bool TryFollow(FrameFormat format, EventId position, EventId now, [NotNullWhen(true)] out FanOutGroup? group, out FrameCursor cursor)
    {
        if (!logs.TryGetValue(format, out var log))
        {
            logs.Add(format, log = new(format, fanOut, now));
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

    /// <summary>Appends a message. <see cref="Signal"/> tells the listeners of it.</summary>
    public void Append(StreamMessage message)
    {
        foreach (var log in logs.Values)
        {
            log.Append(message);
        }
    }

    /// <summary>Appends the word that the position has changed otherwise than by the next message.</summary>
    public void Append(ResumeVerdict verdict, EventId position)
    {
        foreach (var log in logs.Values)
        {
            log.Append(verdict, position);
        }

        Signal();
    }

    /// <summary>Moves on without a word: nobody had anything that could be lost.</summary>
    public void MoveTo(EventId position)
    {
        foreach (var log in logs.Values)
        {
            log.MoveTo(position);
        }
    }

    /// <summary>Wakes those who have something to read.</summary>
    public void Signal()
    {
        foreach (var log in logs.Values)
        {
            log.Signal();
        }
    }

    /// <summary>Appends a keepalive to each log, and lets go of logs that nobody follows.</summary>
    public void Keepalive()
    {
        foreach (var (format, log) in logs)
        {
            if (log.Listeners == 0)
            {
                logs.Remove(format);
                continue;
            }

            log.AppendKeepalive();
            log.Signal();
        }
    }
}
