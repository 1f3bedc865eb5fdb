using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>Appends the batches of many streams in one transaction. A batch that its stream refuses is left out before. Used by the writer's thread.</summary>
internal sealed class DiskAppender(DiskCore core, DiskUpkeep upkeep, RetentionRules rules, HistoryMetrics metrics)
{
    /// <summary>Appends what may be appended, and settles every batch.</summary>
    public void Append(IReadOnlyList<DiskAppend> jobs)
    {
        var accepted = new List<DiskAppend>();
        var heads = new Dictionary<StreamName, DiskHead>();
        var begun = 0;
        var claimed = new List<(Counted Before, Counted After)>();
        foreach (var job in jobs)
        {
            var head = heads.GetValueOrDefault(job.Stream) ?? core.Streams.Find(job.Stream);
            if (Judge(job, head) is { } result)
            {
                job.Settle(result);
            }
            else if (core.Refusal is { } refusal)
            {
                job.Fail(new HistoryAwayException($"{refusal}.", maybeIn: false) { Refusal = refusal });
            }
            else if (Claim(job, head, claimed) is { } over)
            {
                job.Settle(over);
            }
            else if (head is null && !core.Streams.HasRoomFor(begun + 1))
            {
                // After the claim: a key at its quota must not make other streams give way.
                Undo(claimed, claimed.Count - 1);
                job.Settle(AppendResult.Full);
            }
            else
            {
                accepted.Add(job);
                begun += head is null ? 1 : 0;
                heads[job.Stream] = After(job.Stream, job.Batch, head);
            }
        }

        // Counted so that the batches of one transaction know of each other. What is written is counted with its head.
        Undo(claimed, 0);

        if (accepted.Count > 0)
        {
            Write(accepted, heads);
        }
    }

    // None: it may go in.
    private AppendResult? Judge(DiskAppend job, DiskHead? head)
    {
        var batch = job.Batch;
        if (head is not null && head.Batch == batch.Id && head.Epoch == batch.Epoch)
        {
            return AppendResult.Appended;
        }

        var ended = core.Streams.Ended.Of(job.Stream);
        var epoch = head?.Epoch ?? ended.Epoch;
        if (batch.Moves != DiskMove.IsUnfinished(head) || (DiskMove.IsMoved(head) && !batch.Moves) || batch.First != (head?.Head ?? 0) + 1 || (epoch != 0 && epoch != batch.Epoch)
            || (epoch == 0 && (batch.Epoch == ended.Forgotten || batch.Epoch == ended.Deleted)))
        {
            metrics.Refused();
            return AppendResult.Refused;
        }

        return head is { End: > 0 } ? AppendResult.Ended : null;
    }

    // None: it may go in, and is counted for the key that began the stream.
    private AppendResult? Claim(DiskAppend job, DiskHead? head, List<(Counted Before, Counted After)> claimed)
    {
        var bounds = job.Batch.Pushers.Count == 0 && head?.Founder is null ? default : rules.Of(job.Stream, head?.Settings ?? StreamSettings.None);
        var (before, after) = (head?.Counted ?? default, default(Counted));
        if (QuotaClaim.Of(job.Batch, head?.Founder, head?.RetainedMessages ?? 0, head?.RetainedBytes ?? 0, bounds.Bytes) is { } claim)
        {
            if (core.Streams.Founders.TryMove(before, claim) is { } over)
            {
                return over;
            }

            after = claim.After;
        }
        else
        {
            core.Streams.Founders.Move(before, after);
        }

        claimed.Add((before, after));
        return null;
    }

    // The last ones first, down to one of them.
    private void Undo(List<(Counted Before, Counted After)> claimed, int down)
    {
        for (var i = claimed.Count - 1; i >= down; i--)
        {
            core.Streams.Founders.Move(claimed[i].After, claimed[i].Before);
            claimed.RemoveAt(i);
        }
    }

    private DiskHead After(StreamName stream, HistoryBatch batch, DiskHead? head)
    {
        head ??= core.EmptyOf(stream);
        return head with
        {
            Epoch = batch.Epoch,
            Head = batch.Last,
            HeadAt = batch.Messages[^1].Timestamp.UtcTicks,
            OldestAt = head.OldestAt == 0 ? batch.Messages[0].Timestamp.UtcTicks : head.OldestAt,
            Bytes = head.Bytes + batch.Messages.Sum(message => (long)message.Size),
            Batch = batch.Moves ? DiskMove.Unfinished : batch.Id,
            End = batch.Ends ? batch.Last : 0,
            Founder = batch.FounderOf(head.Founder, begins: head.RetainedMessages == 0),
            Rank = head.Epoch == 0 && batch.Life != 0 ? batch.Life : head.Rank,
        };
    }

    private void Write(List<DiskAppend> jobs, Dictionary<StreamName, DiskHead> heads)
    {
        try
        {
            core.Write(() =>
            {
                var bytes = heads.ToDictionary(one => one.Key, one => core.Streams.Find(one.Key)?.Bytes ?? 0);
                foreach (var job in jobs)
                {
                    bytes[job.Stream] = Add(job.Batch, heads[job.Stream].Life, bytes[job.Stream]);
                }

                foreach (var (stream, head) in heads)
                {
                    core.File.Rows.Set(stream, head);
                    if (core.Streams.Find(stream)?.Founder != head.Founder)
                    {
                        core.File.Rows.SetFounder(stream, head);
                    }
                }
            });
        }
        catch (HistoryAwayException away)
        {
            // After a failure of the disk the heads were read again: they say which batch is in.
            foreach (var job in jobs)
            {
                if (core.File.IsOpen && core.Streams.Find(job.Stream) is { } found && found.Batch == job.Batch.Id && found.Epoch == job.Batch.Epoch)
                {
                    job.Settle(AppendResult.Appended);
                }
                else
                {
                    job.Fail(away);
                }
            }

            return;
        }

        foreach (var (stream, head) in heads)
        {
            core.Streams.Set(stream, head);
            upkeep.Appended(stream, head);
        }

        var last = heads[jobs[^1].Stream];
        core.File.Witness.Appended(last.Life, last.Head);
        upkeep.Owe(jobs.Sum(job => job.Batch.Messages.Count), jobs.Sum(job => job.Batch.Messages.Sum(message => (long)message.Size)));
        jobs.ForEach(job => job.Settle(AppendResult.Appended));
    }

    private long Add(HistoryBatch batch, long life, long bytes)
    {
        var next = 0;
        foreach (var message in batch.Messages)
        {
            // Of two keys that end with one message the later one counts; a push has a message of its own.
            KeyRecord? key = null;
            for (; next < batch.Keys.Count && batch.Keys[next].Last <= message.Id.Sequence; next++)
            {
                key = batch.Keys[next];
            }

            core.File.Rows.Add(life, message, bytes, key);
            bytes += message.Size;
        }

        return bytes;
    }
}
