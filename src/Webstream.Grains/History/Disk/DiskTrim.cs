using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>Deletes messages at the old end, a few at a time. Used by the writer's thread.</summary>
internal sealed class DiskTrim(DiskCore core, DiskChanges changes, DiskRoom room, RetentionRules rules, TimeProvider time)
{
    /// <summary>The most rows that one step deletes, so that it holds up nobody for long.</summary>
    public const int MaxRows = 500;

    /// <summary>Whether a stream is over a bound by now.</summary>
    public bool IsOver(StreamName stream, DiskHead head) => head.RetainedMessages > 0 && BoundsOf(stream, head).IsOver(head.Oldest, head.OldestAt, head.OldestBytes);

    /// <summary>Trims a stream by at most <see cref="MaxRows"/> messages.</summary>
    /// <returns>Whether it is within its bounds now.</returns>
    public bool Step(StreamName stream)
    {
        if (core.Streams.Find(stream) is not { } head || !IsOver(stream, head))
        {
            return true;
        }

        var bounds = BoundsOf(stream, head);
        var (rows, last, damaged) = (0, (At: 0L, Before: 0L), false);
        // Checksums are not verified here, because that takes the bodies; times and sizes that cannot be are found all the same.
        var kept = head with { Oldest = head.Head + 1, OldestAt = 0, OldestBytes = head.Bytes };
        using (var command = core.File.Connection.Command(
            "SELECT seq, at, before FROM messages WHERE life=$life AND seq>=$oldest ORDER BY seq LIMIT $limit",
            ("$life", head.Life), ("$oldest", head.Oldest), ("$limit", MaxRows + 1)))
        using (var row = command.ExecuteReader())
        {
            for (; row.Read(); rows++)
            {
                var (sequence, at, before) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
                var sound = rows == 0 ? at == head.OldestAt && before == head.OldestBytes : at >= last.At && before > last.Before && before < head.Bytes;
                if (!sound || sequence != head.Oldest + rows || sequence > head.Head)
                {
                    damaged = true;
                    break;
                }

                last = (at, before);

                if (rows == MaxRows || !bounds.IsOver(sequence, at, before))
                {
                    kept = head with { Oldest = sequence, OldestAt = at, OldestBytes = before };
                    break;
                }
            }
        }

        if (damaged || (kept.Oldest > head.Head && head.Oldest + rows <= head.Head))
        {
            changes.EndDamaged(stream, head.Life, $"Message {head.Oldest + rows} is missing or not as it was written.");
            return true;
        }

        core.Write(
            () =>
            {
                using var delete = core.File.Connection.Command(
                    "DELETE FROM messages WHERE life=$life AND seq<$oldest", ("$life", head.Life), ("$oldest", kept.Oldest));
                delete.ExecuteNonQuery();
                core.File.Rows.Set(stream, kept);
            },
            synced: false);
        core.Streams.Set(stream, kept);
        return !IsOver(stream, kept);
    }

    /// <summary>Deletes messages of a life that has ended.</summary>
    /// <returns>Whether nothing is left of it.</returns>
    public bool Delete(long life)
    {
        var deleted = 0;
        core.Write(
            () =>
            {
                using var delete = core.File.Connection.Command(
                    "DELETE FROM messages WHERE life=$life AND seq <= (SELECT max(seq) FROM (SELECT seq FROM messages WHERE life=$life ORDER BY seq LIMIT $limit))",
                    ("$life", life), ("$limit", MaxRows));
                deleted = delete.ExecuteNonQuery();
                if (deleted < MaxRows)
                {
                    using var done = core.File.Connection.Command("DELETE FROM gone WHERE life=$life", ("$life", life));
                    done.ExecuteNonQuery();
                }
            },
            synced: false);
        return deleted < MaxRows;
    }

    private Bounds BoundsOf(StreamName stream, DiskHead head)
    {
        var (messages, bytes, retention) = rules.Of(stream, head.Settings);
        return new(head, head.Head - messages + 1, (time.GetUtcNow() - retention).UtcTicks, bytes, room.MostOf(stream));
    }

    private readonly record struct Bounds(DiskHead Head, long MinSequence, long MinAt, long MaxBytes, long MaxWeight)
    {
        // The newest message stays, unless it is too old, or all streams together are too large without it.
        public bool IsOver(long sequence, long at, long before) =>
            sequence < MinSequence || at < MinAt || MaxWeight == 0
            || (sequence < Head.Head && (Head.Bytes - before > MaxBytes || (Head with { Oldest = sequence, OldestBytes = before }).Weight > MaxWeight));
    }
}
