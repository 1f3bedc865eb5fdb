using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>
/// One read of a stream for a caller that may want only some of its messages. It looks at all of them, so it can say what it passed over: a
/// cursor that jumped over a person's words would lose them.
/// </summary>
internal sealed class FilteredRead(IWebstream webstream, ReadPlan plan, TimeProvider time)
{
    /// <summary>The most messages that a read of the newest ones looks at.</summary>
    public const int MostOfTheNewest = 2_000;

    /// <summary>The most of what was passed over that an answer shows.</summary>
    public const int MostOthers = 5;

    // What a narrow read looks at before it answers with nothing but a cursor.
    private const int Most = 10_000;

    private const int PageSize = 250;

    private readonly long started = time.GetTimestamp();
    private readonly Queue<StreamMessage> taken = new();
    private readonly Queue<StreamMessage> others = new();
    private readonly Queue<PassedOver> before = new();
    private EventId? cursor = plan.After;
    private EventId head;
    private ResumeVerdict? resume;
    private long passed;
    private long skipped;
    private long lookedAt;
    private long lastCame;
    private bool isJudged;
    private bool isHeard;
    private bool wasEmpty;
    private bool hasEnded;
    private bool isOver;

    /// <summary>Reads until the plan is fulfilled. A wait ends early when the server does.</summary>
    /// <exception cref="WebstreamException">Nothing could be read.</exception>
    public async Task<ReadOutcome> RunAsync(CancellationToken stopping, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, cancellationToken);
        var cutShort = false;
        try
        {
            if (plan.Newest)
            {
                await ReadNewestAsync(cancellationToken);
            }

            while (!isOver && NextWait() is { } wait)
            {
                try
                {
                    Take(await webstream.ReadAsync(new(plan.Stream, cursor, Size, wait), either.Token), wait);
                }
                catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                {
                    // Answer what is there, and the cursor: the caller's next read goes to a server that continues.
                    cutShort = true;
                    Take(await webstream.ReadAsync(new(plan.Stream, cursor, Size), cancellationToken), TimeSpan.Zero);
                    isOver = true;
                }
            }
        }
        catch (WebstreamException) when (lookedAt > 0)
        {
            // What was read is an answer, and its cursor stands behind it: the next call hears of the failure if it lasts.
        }

        return new([.. taken], new(passed, [.. others]), cursor ?? head, head, resume, hasEnded)
        {
            Before = [.. before],
            Skipped = skipped,
            Waited = time.GetElapsedTime(started),
            CutShort = cutShort,
        };
    }

    private bool IsFull => taken.Count >= plan.Limit;

    private int Size => plan.Filter.IsNarrow ? PageSize : plan.Limit - taken.Count;

    // How long the next read waits; null when this is the answer.
    private TimeSpan? NextWait()
    {
        if (!isJudged)
        {
            return Left(plan.Wait);
        }

        var isBehind = cursor is { } at && at.Epoch == head.Epoch && at.Sequence < head.Sequence;
        if (IsFull || hasEnded || lookedAt >= Most)
        {
            return null;
        }

        if (isBehind && !wasEmpty)
        {
            return plan.Filter.IsNarrow || plan.Settle > TimeSpan.Zero || taken.Count == 0 ? TimeSpan.Zero : null;
        }

        var wait = taken.Count == 0
            ? isHeard ? TimeSpan.Zero : Left(plan.Wait)
            : Shorter(plan.Settle - time.GetElapsedTime(lastCame), Left(plan.Longest));
        return wait >= TimeSpan.FromMilliseconds(1) ? wait : null;
    }

    private TimeSpan Left(TimeSpan whole) => whole - time.GetElapsedTime(started) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private void Take(ReadPage page, TimeSpan waited)
    {
        if (!isJudged)
        {
            resume = plan.After is null ? null : page.Resume;
            isJudged = true;
        }
        else if (page.Resume is { Status: not ResumeStatus.Recovered } broken)
        {
            if (lookedAt > 0)
            {
                // The history broke off behind what was read. Whoever goes on from there is told.
                isOver = true;
                return;
            }

            resume = plan.After is null ? null : broken;
        }

        // A gateway that has nothing after a wait has said all that there is to say, and after a reset there is nothing to wait for.
        wasEmpty = page.Messages.Count == 0;
        isOver = (wasEmpty && waited > TimeSpan.Zero) || resume is { Status: ResumeStatus.Reset };
        head = page.Head;
        cursor = page.Next;
        foreach (var message in page.Messages)
        {
            Look(message);
            if (IsFull && !plan.Newest)
            {
                cursor = message.Id;
                break;
            }
        }

        hasEnded = page.Ended == true && cursor == page.Next;
    }

    private void Look(StreamMessage message)
    {
        lookedAt++;
        if (plan.Filter.Takes(message))
        {
            skipped += plan is { Newest: true, After: not null } && IsFull ? 1 : 0;
            Add(taken, message, plan.Newest ? plan.Limit : int.MaxValue);
            Add(before, new(passed, [.. others]), plan.Newest ? plan.Limit : int.MaxValue);
            lastCame = time.GetTimestamp();
        }
        else if (!message.IsEnd && !plan.Filter.IsOwn(message))
        {
            passed++;
            isHeard |= MessageFilter.IsFreeWord(message);
            Add(others, message, MostOthers);
        }
    }

    // The filters come first: these are the newest of the messages that they take, out of the newest of the stream.
    private async Task ReadNewestAsync(CancellationToken cancellationToken)
    {
        var first = await webstream.ReadAsync(new(plan.Stream, plan.After, 1), cancellationToken);
        (resume, head, isJudged) = (plan.After is null ? null : first.Resume, first.Head, true);
        var most = plan.Filter.IsNarrow ? MostOfTheNewest : plan.Limit;
        var from = Math.Max(0, head.Sequence - most);
        // A reset's cursor is of another epoch: everything since is new.
        if (plan.After is { } after && after.Epoch == head.Epoch)
        {
            skipped = Math.Max(0, from - after.Sequence);
            from = Math.Max(from, after.Sequence);
        }

        cursor = head with { Sequence = Math.Min(from, head.Sequence) };
        while (cursor is { } at && at.Sequence < head.Sequence)
        {
            var page = await webstream.ReadAsync(new(plan.Stream, at, PageSize), cancellationToken);
            if (page.Messages.Count == 0 || page.Next.Epoch != head.Epoch)
            {
                break;
            }

            foreach (var message in page.Messages)
            {
                Look(message);
            }

            (cursor, hasEnded) = (page.Next, page.Ended == true);
        }

        isOver = resume is { Status: ResumeStatus.Reset };
    }

    private static void Add<T>(Queue<T> queue, T item, int most)
    {
        queue.Enqueue(item);
        if (queue.Count > most)
        {
            queue.Dequeue();
        }
    }
}
