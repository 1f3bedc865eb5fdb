using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Brings what arrives of a stream, by whichever way, into one order and appends it to the frames that listeners follow. Decides in which
/// epoch the stream stands here. Calls nobody.
/// </summary>
internal sealed partial class StreamArrivals(StreamName stream, StreamFrames frames, GatewayMetrics metrics, ILogger logger)
{
    // Few come within the time of an answer; what is too much is fetched.
    private const int MaxUnproven = 16;

    private readonly Lock gate = frames.Gate;
    private readonly MessageResequencer resequencer = new();
    private readonly PositionWaiters waiters = new();
    private readonly List<StreamEvent> unproven = [];
    private readonly Action<StreamMessage> deliver = frames.Append;
    private bool begun;

    /// <summary>What listeners follow.</summary>
    public StreamFrames Frames => frames;

    /// <summary>The last message that listeners at the end of the frames were given.</summary>
    public EventId Position
    {
        get
        {
            lock (gate)
            {
                return resequencer.Position;
            }
        }
    }

    /// <summary>Where the stream stands, and whether something is missing.</summary>
    public StreamPlace Look()
    {
        lock (gate)
        {
            return new(resequencer.Position, resequencer.HasGap);
        }
    }

    /// <summary>Waits until something after a position is here, or the epoch is not that position's.</summary>
    public async Task WaitBeyondAsync(EventId position, CancellationToken cancellationToken)
    {
        PositionWaiters.Waiter waiter;
        lock (gate)
        {
            waiter = waiters.Add(position, resequencer.Position);
        }

        try
        {
            await waiter.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // On a quiet stream those who gave up would gather for ever.
            lock (gate)
            {
                waiters.Remove(waiter);
            }

            throw;
        }
    }

    /// <inheritdoc cref="GatewayStream.TryFollow"/>
    public bool TryFollow(
        FrameFormat format, Framing framing, EventId position, [NotNullWhen(true)] out FanOutGroup? group, out FrameCursor cursor)
    {
        lock (gate)
        {
            return frames.TryFollow(format, framing, position, resequencer.Position, out group, out cursor);
        }
    }

    /// <summary>Takes the answer to a report. The stream begins here where the first one says that its head is.</summary>
    public void TakeReport(OwnerAnswer answer)
    {
        lock (gate)
        {
            if (!begun)
            {
                begun = true;
                resequencer.Begin(answer.Status.HeadId);
                waiters.Release(resequencer.Position);
                frames.MoveTo(resequencer.Position);
            }

            Adopt(answer);
            // Those left over are of an epoch that the owner does not know, or not yet: then the report that they asked for tells.
            unproven.Clear();
        }
    }

    /// <summary>Takes an answer, and messages that came with it.</summary>
    public void Take(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages, string way)
    {
        lock (gate)
        {
            if (begun)
            {
                Adopt(answer);
                Take(messages, way);
            }
        }
    }

    /// <summary>Takes a page of what was missing after a sequence.</summary>
    public void TakePage(OwnerAnswer answer, ReadOnlySpan<StreamMessage> messages, long after)
    {
        lock (gate)
        {
            if (!begun)
            {
                return;
            }

            Adopt(answer);
            var position = resequencer.Position;
            if (answer.Status.Epoch != position.Epoch)
            {
                return;
            }

            // What the page begins with is the oldest there is: what lies before it cannot be had any more.
            var oldest = messages.Length > 0 ? messages[0].Id.Sequence : answer.Status.Oldest;
            if (position.Epoch == answer.AskedInEpoch && position.Sequence == after && oldest > after + 1)
            {
                frames.Jump(
                    new(ResumeStatus.Gap, position, answer.Status.HeadId, answer.Status.Head - oldest + 1, oldest - 1 - after),
                    position with { Sequence = oldest - 1 });
                TellArrived(resequencer.Skip(oldest - 1, deliver), "stream");
            }

            Take(messages, "fetch");
        }
    }

    /// <summary>Takes an event of the memory stream.</summary>
    /// <returns>False when it is of an epoch that the owner has not told of: it waits for the answer to a report.</returns>
    public bool TakeEvent(StreamEvent streamEvent)
    {
        lock (gate)
        {
            if (!begun || streamEvent.Epoch != resequencer.Position.Epoch)
            {
                if (unproven.Count < MaxUnproven)
                {
                    unproven.Add(streamEvent);
                }

                return false;
            }

            Take(streamEvent);
            return true;
        }
    }

    // Under the gate.
    private void Adopt(OwnerAnswer answer)
    {
        var status = answer.Status;
        if (resequencer.IsNewer(answer))
        {
            var from = resequencer.Position;
            // An epoch begins with a stream's first message: who was there before it has lost nothing.
            var start = new EventId(status.Epoch, from.Epoch == 0 ? 0 : status.Oldest - 1);
            resequencer.Enter(start);
            if (from.Epoch == 0)
            {
                frames.MoveTo(start);
            }
            else
            {
                LogReset(logger, stream, from, status.HeadId);
                frames.Jump(
                    new(ResumeStatus.Reset, from, status.HeadId, status.Head - status.Oldest + 1, Reason: ResumeVerdict.ReasonOf(from, status.Forgotten)),
                    start);
            }

            waiters.Release(resequencer.Position);
        }

        if (status.Epoch == resequencer.Position.Epoch)
        {
            resequencer.Expect(status.Head);
            TakeProven();
        }
    }

    // What came too early to be believed may tell of more than the answer, which was on its way then.
    private void TakeProven()
    {
        foreach (var streamEvent in unproven)
        {
            if (streamEvent.Epoch == resequencer.Position.Epoch)
            {
                Take(streamEvent);
            }
        }

        unproven.RemoveAll(streamEvent => streamEvent.Epoch == resequencer.Position.Epoch);
    }

    private void Take(StreamEvent streamEvent)
    {
        resequencer.Expect(streamEvent.Head);
        Take(streamEvent.Messages, "stream");
    }

    private void Take(ReadOnlySpan<StreamMessage> messages, string way)
    {
        var taken = resequencer.Take(messages, deliver);
        if (taken > 0)
        {
            TellArrived(taken, way);
        }
    }

    // The position has moved: also over what was given up, when nothing came after it.
    private void TellArrived(int count, string way)
    {
        metrics.Arrived(count, way);
        waiters.Release(resequencer.Position);
        frames.Signal();
    }

    [LoggerMessage(1, LogLevel.Warning, "The history of stream {Stream} was lost at {From}; it goes on at {To}. Listeners are told")]
    private static partial void LogReset(ILogger logger, StreamName stream, EventId from, EventId to);
}
