using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// What is done between batches, in small steps: trimming, deleting what has ended, checkpoints, giving room back to the disk. Used by the writer's
/// thread.
/// </summary>
internal sealed class DiskUpkeep(DiskCore core, DiskTrim trim, DiskRoom room, RetentionRules rules)
{
    // A stream may be over its bounds by one part in 128 before an append trims it, so that a stream of single pushes is trimmed once for many of
    // them.
    private const int Slack = 128;

    // How many pages one step gives back to the disk.
    private const int VacuumPages = 256;

    // Free pages that are left for the next messages, in bytes.
    private const long KeptFree = 4 * 1024 * 1024;

    private readonly Queue<StreamName> waiting = new();
    private readonly Dictionary<StreamName, List<DiskCall>> queued = [];
    private int checkpointAt = room.CheckpointAfter;
    private int owed;
    private bool vacuum;
    private bool paused;
    private long appendedBytes;

    /// <summary>Whether <see cref="Step"/> has something to do.</summary>
    public bool HasWork => core.File.IsOpen && !paused && (waiting.Count > 0 || core.Gone.Count > 0 || vacuum || core.File.PagesInLog >= checkpointAt);

    /// <summary>More was appended than trimmed: trimming comes before the next batch.</summary>
    public bool IsBehind => HasWork && owed > 0 && (waiting.Count > 0 || core.Gone.Count > 0);

    /// <summary>Rows were appended: as many may have to be trimmed before long.</summary>
    public void Owe(int rows, long bytes)
    {
        owed += rows;
        appendedBytes += bytes + (rows * 100L);
        if (appendedBytes > room.Grain)
        {
            appendedBytes = 0;
            LookAtRoom();
        }
    }

    /// <summary>A stream has grown.</summary>
    public void Appended(StreamName stream, DiskHead head)
    {
        var (messages, bytes, _) = rules.Of(stream, head.Settings);
        if (head.RetainedMessages > messages + (messages / Slack) || (head.RetainedBytes > bytes + (bytes / Slack) && head.RetainedMessages > 1))
        {
            Trim(stream, null);
        }
    }

    /// <summary>A stream shall be within its bounds.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="then">Run when it is.</param>
    public void Trim(StreamName stream, DiskCall? then)
    {
        if (!queued.TryGetValue(stream, out var calls))
        {
            queued.Add(stream, calls = []);
            waiting.Enqueue(stream);
        }

        if (then is not null)
        {
            calls.Add(then);
        }
    }

    /// <summary>Every stream with messages that are too old, whoever owns it.</summary>
    public void TrimAged()
    {
        foreach (var (stream, head) in core.Streams.All)
        {
            if (trim.IsOver(stream, head))
            {
                Trim(stream, null);
            }
        }
    }

    /// <summary>Trims the largest streams if all together take too much.</summary>
    public void LookAtRoom()
    {
        foreach (var stream in room.Look())
        {
            Trim(stream, null);
        }

        vacuum |= core.File.FreeBytes > KeptFree;
    }

    /// <summary>Does one step.</summary>
    public void Step()
    {
        if (core.File.PagesInLog >= checkpointAt)
        {
            Checkpoint();
        }
        else if (waiting.TryPeek(out var stream))
        {
            TrimOne(stream);
        }
        else if (core.Gone.TryPeek(out var life))
        {
            if (trim.Delete(life))
            {
                core.Gone.Dequeue();
                vacuum = true;
            }

            owed -= DiskTrim.MaxRows;
        }
        else
        {
            owed = 0;
            Vacuum();
        }

        owed = Math.Max(owed, 0);
    }

    /// <summary>Goes on after a failure.</summary>
    public void Resume() => paused = false;

    /// <summary>Tells those who wait for a trim that it failed. Nothing is tried again before <see cref="Resume"/>.</summary>
    public void Fail(Exception failure)
    {
        foreach (var call in queued.Values.SelectMany(calls => calls))
        {
            call.Fail(failure);
        }

        queued.Clear();
        waiting.Clear();
        room.Clear();
        (vacuum, paused, owed) = (false, true, 0);
    }

    private void Checkpoint()
    {
        core.File.Checkpoint();
        if (core.File.PagesInLog > room.MostPagesInLog)
        {
            core.File.Checkpoint(shrink: true);
        }

        // A reader may have held it up: then it is not tried again at once.
        checkpointAt = core.File.PagesInLog + room.CheckpointAfter;
    }

    private void TrimOne(StreamName stream)
    {
        owed -= DiskTrim.MaxRows;
        if (!trim.Step(stream))
        {
            return;
        }

        waiting.Dequeue();
        if (queued.Remove(stream, out var calls))
        {
            calls.ForEach(call => call.Run());
        }

        if (room.Trimmed(stream) && waiting.Count == 0)
        {
            LookAtRoom();
        }

        vacuum = vacuum || core.File.FreeBytes > KeptFree;
    }

    // Pages that trimming left are used by the next messages. Only what is more than they need soon goes back.
    private void Vacuum()
    {
        var free = core.File.FreeBytes;
        vacuum = free > (room.IsTight(free) ? KeptFree : Math.Max(KeptFree, core.File.UsedBytes / 4));
        if (vacuum)
        {
            core.File.Transaction(() => core.File.Connection.Run($"PRAGMA incremental_vacuum({VacuumPages})"), synced: false);
            vacuum = core.File.FreeBytes < free;
        }
    }
}
