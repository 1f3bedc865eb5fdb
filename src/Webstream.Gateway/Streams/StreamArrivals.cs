using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Brings a stream's messages, by whichever way they arrive, into one order, and appends them to the frames that listeners follow. Decides in
/// which epoch the stream stands on this gateway. Makes no calls to the cluster.
/// </summary>
internal sealed partial class StreamArrivals(StreamName stream, StreamFrames frames, GatewayMetrics metrics, TimeProvider time, ILogger logger)
{
    // Few events come while a report waits for its answer; what exceeds this number is dropped, and fetched later.
    private const int MaxUnproven = 16;

    // How far the clocks of two owners may be apart: with Redis they have one clock, and else a stream has one owner. The clock of this machine counts only
    // beside an owner of an older version.
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(5);

    private readonly Lock gate = frames.Gate;
    private readonly MessageResequencer resequencer = new();
    private readonly PositionWaiters waiters = new();
    private readonly List<StreamEvent> unproven = [];
    private readonly Action<StreamMessage> deliver = frames.Append;
    private DateTimeOffset confirmedAt;
    private bool begun;

    /// <summary>The frames that listeners follow.</summary>
    public StreamFrames Frames => frames;

    /// <summary>The last message that was given to listeners at the end of the frames.</summary>
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

    /// <summary>The stream has gone on to another epoch. Called under the gate.</summary>
    public event Action? EnteredEpoch;

    /// <summary>Where the stream stands, whether messages are missing, and in which life it is.</summary>
    public StreamPlace Look()
    {
        lock (gate)
        {
            return new(resequencer.Position, resequencer.HasGap, resequencer.Life);
        }
    }

    /// <summary>Waits until a message after a position is here, or the stream is in another epoch than the position.</summary>
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
            // On a quiet stream the waiters that gave up would pile up for ever.
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

    /// <summary>Takes the answer to a report. The stream begins here at the head that the first answer names.</summary>
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
            // Events that are left are of an epoch that the owner does not know, or does not know yet. If it does not know it yet, the report
            // that these events asked for tells.
            unproven.Clear();
        }
    }

    /// <summary>Takes an answer, and the messages that came with it.</summary>
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

    /// <summary>Takes a page of the messages that were missing after a sequence.</summary>
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

            // The page begins with the oldest message that is retained. The messages before it cannot be had any more.
            var oldest = messages.Length > 0 ? messages[0].Id.Sequence : answer.Status.Oldest;
            if (position.Epoch == answer.AskedInEpoch && position.Sequence == after && oldest > after + 1)
            {
                frames.Jump(
                    new(ResumeStatus.Gap, position, answer.Status.HeadId, answer.Status.Head - oldest + 1, oldest - 1 - after),
                    position with { Sequence = oldest - 1 });
                TellArrived(resequencer.Skip(oldest - 1, deliver), "stream");
            }

            Take(messages, "fetch");
            EndIfOver(answer.Status);
        }
    }

    /// <summary>Takes an event of the memory stream.</summary>
    /// <returns>False when the event is of an epoch that the owner has not confirmed: it then waits for the answer to a report.</returns>
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
            // An epoch begins with a stream's first message: a listener that was there before it has lost nothing.
            var start = new EventId(status.Epoch, from.Epoch == 0 ? 0 : status.Oldest - 1);
            resequencer.Enter(start, status.Life);
            // What was pushed since the owner last confirmed the epoch that is over. The rest was there before, or comes from elsewhere.
            var newsAfter = confirmedAt - ClockTolerance;
            newsAfter = frames.LastAt > newsAfter ? frames.LastAt : newsAfter;
            if (from.Epoch == 0)
            {
                frames.MoveTo(start, newsAfter);
            }
            else
            {
                var reason = ResumeVerdict.ReasonOf(from, status.Forgotten, status.Deleted);
                if (reason == ResumeVerdict.Deleted)
                {
                    LogDeleted(logger, stream, from, status.HeadId);
                }
                else
                {
                    LogReset(logger, stream, from, status.HeadId);
                }

                frames.Reset(new(ResumeStatus.Reset, from, status.HeadId, status.Head - status.Oldest + 1, Reason: reason), start, newsAfter);
                EnteredEpoch?.Invoke();
            }

            waiters.Release(resequencer.Position);
        }

        resequencer.Learn(status);
        if (status.Epoch == resequencer.Position.Epoch)
        {
            confirmedAt = status.AnsweredAt ?? time.GetUtcNow();
            resequencer.Expect(status.Head);
            TakeProven();
            EndIfOver(status);
        }
    }

    // The end mark itself ends the frames. But the stream may begin here after it, or the mark may not be retained any more.
    private void EndIfOver(StreamStatus status)
    {
        if (status.End != 0 && resequencer.Position == new EventId(status.Epoch, status.End))
        {
            frames.End(StreamMessage.EndOf(stream, resequencer.Position, status.LastMessageAt ?? default));
        }
    }

    // Events that came before their epoch was confirmed may name a later head than the answer, which was on its way then.
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

    // The position has moved. It also moves past messages that were given up, when no message came after them.
    private void TellArrived(int count, string way)
    {
        metrics.Arrived(count, way);
        waiters.Release(resequencer.Position);
        frames.Signal();
    }

    [LoggerMessage(1, LogLevel.Warning, "The history of stream {Stream} was lost at {From}; it goes on at {To}. Listeners are told")]
    private static partial void LogReset(ILogger logger, StreamName stream, EventId from, EventId to);

    [LoggerMessage(2, LogLevel.Information, "The history of stream {Stream} was deleted at {From}; it goes on at {To}. Listeners are told")]
    private static partial void LogDeleted(ILogger logger, StreamName stream, EventId from, EventId to);
}
