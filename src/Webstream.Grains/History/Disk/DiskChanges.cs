using Microsoft.Extensions.Logging;
using Webstream.Protocol;
using EventId = Webstream.Protocol.EventId;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// What happens to a stream besides appends and trimming: its history ends, begins anew, or gets other settings. Used by the writer's thread alone.
/// </summary>
internal sealed partial class DiskChanges(DiskCore core, TimeProvider time, ILogger logger)
{
    /// <summary>Declares a position that somebody has seen: if it was lost, a new epoch begins.</summary>
    /// <returns>Whether it does.</returns>
    public bool DeclareSeen(StreamName stream, EventId seen)
    {
        var now = time.GetUtcNow();
        if (core.Streams.Find(stream) is { } head)
        {
            if (head.Epoch != seen.Epoch || head.Head >= seen.Sequence)
            {
                return false;
            }

            Put(stream, head.InNewEpoch(now));
            return true;
        }

        var ended = core.Streams.Ended.Of(stream);
        if (ended.Epoch != seen.Epoch || seen.Sequence == 0)
        {
            return false;
        }

        ended = ended with { Epoch = EventId.NewEpoch(), Life = HistoryLives.After(ended.Life, now) };
        core.Write(() => core.File.Rows.Endings.Add(stream, ended));
        core.Streams.Ended.Add(stream, ended);
        return true;
    }

    /// <summary>Ends a history, so that its place is free.</summary>
    /// <returns>False when the head is another one.</returns>
    public bool Forget(StreamName stream, EventId known)
    {
        if (core.Streams.Find(stream) is not { Epoch: not 0 } head || new EventId(head.Epoch, head.Head) != known)
        {
            return false;
        }

        End(stream, head, core.Streams.Ended.Of(stream) with { Forgotten = head.Epoch, Epoch = 0, Life = HistoryLives.After(head.Rank) });
        return true;
    }

    /// <summary>Ends a history because somebody wants it gone, and begins the next epoch. Settings stay.</summary>
    /// <returns>False when the head is another one.</returns>
    public bool Delete(StreamName stream, EventId known, ulong epoch, long rank)
    {
        var ended = core.Streams.Ended.Of(stream);
        var head = core.Streams.Find(stream);
        if ((head?.Epoch ?? ended.Epoch) == epoch && ended.Deleted == known.Epoch)
        {
            return true;
        }

        if (head is not { Epoch: not 0 } || new EventId(head.Epoch, head.Head) != known)
        {
            return false;
        }

        End(stream, head, ended with { Deleted = head.Epoch, Epoch = epoch, Life = rank });
        return true;
    }

    /// <summary>Replaces a stream's own settings.</summary>
    /// <returns>False when there is no room for another stream.</returns>
    public bool Set(StreamName stream, StreamSettings settings)
    {
        var known = core.Streams.Find(stream);
        if (known is null && settings.IsNone)
        {
            return true;
        }

        if (known is null && !core.Streams.HasRoomFor(1))
        {
            return false;
        }

        var head = (known ?? core.EmptyOf(stream)) with { Settings = settings };
        var freed = core.Streams.Ended.Of(stream) with { Epoch = head.Epoch, Life = head.Rank };
        core.Write(() =>
        {
            DiskSettings.Write(core.File.Connection, stream, settings);
            if (head.HasPlace)
            {
                core.File.Rows.Set(stream, head);
            }
            else
            {
                core.File.Rows.Drop(head.Life);
                core.File.Rows.Endings.Add(stream, freed);
            }
        });
        if (head.HasPlace)
        {
            core.Streams.Set(stream, head);
        }
        else
        {
            Free(stream, head, freed);
        }

        core.Streams.MayGiveWay();
        return true;
    }

    /// <summary>A row of this life, or a gap in it, shows that it is damaged: nothing of it is trusted any more.</summary>
    public void EndDamaged(StreamName stream, long life, string reason)
    {
        if (core.Streams.Find(stream) is not { } head || head.Life != life)
        {
            return;
        }

        // Nobody may have this head in the new epoch, so the numbers go on behind it.
        var next = head.InNewEpoch(time.GetUtcNow()) with
        {
            Life = core.NewLife(),
            Oldest = head.Head + 1,
            OldestAt = 0,
            Bytes = 0,
            OldestBytes = 0,
            End = 0,
            Founder = null,
        };
        core.Write(() =>
        {
            core.File.Rows.Drop(life);
            core.File.Rows.Set(stream, next);
        });
        core.Ended(life);
        core.Streams.Set(stream, next);
        LogStreamDamaged(logger, stream, reason, head.Epoch);
    }

    private void Put(StreamName stream, DiskHead head)
    {
        core.Write(() => core.File.Rows.Set(stream, head));
        core.Streams.Set(stream, head);
    }

    private void End(StreamName stream, DiskHead head, EndedLife ended)
    {
        var next = DiskHead.Empty(core.NewLife(), ended.Epoch, ended.Life, head.Settings);
        core.Write(() =>
        {
            core.File.Rows.Drop(head.Life);
            core.File.Rows.Endings.Add(stream, ended);
            if (next.HasPlace)
            {
                core.File.Rows.Set(stream, next);
            }
        });
        if (next.HasPlace)
        {
            core.Streams.Ended.Add(stream, ended);
            core.Streams.Set(stream, next);
            core.Ended(head.Life);
        }
        else
        {
            Free(stream, head, ended);
        }
    }

    private void Free(StreamName stream, DiskHead head, EndedLife ended)
    {
        // Record the reason before the place is free.
        core.Streams.Ended.Add(stream, ended);
        core.Streams.Remove(stream);
        core.Ended(head.Life);
    }

    [LoggerMessage(1, LogLevel.Error, "The history of stream {Stream} is damaged: {Reason} What is left of it is dropped, and its epoch {Epoch:x} has ended")]
    private static partial void LogStreamDamaged(ILogger logger, StreamName stream, string reason, ulong epoch);
}
