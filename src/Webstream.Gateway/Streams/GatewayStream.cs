using System.Diagnostics.CodeAnalysis;
using Webstream.Gateway.FanOut;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// One stream on this gateway, as long as somebody here needs it: brings what receipts, feed and fetches tell into one order,
/// and appends it to the logs that the listeners follow.
/// </summary>
/// <remarks>
/// <code>
///   receipt of a push ─┐
///   feed event ────────┼→ MessageResequencer ─→ FrameLog per format ─→ shards ─→ listeners
///   fetched page ──────┘      │ a hole            
///                             └→ GapRepair ─→ IStreamGrain.Read
/// </code>
/// </remarks>
internal sealed partial class GatewayStream : IAsyncDisposable
{
    // Few come within the time of an answer; what is too much is fetched.
    private const int MaxUnproven = 16;

    private readonly StreamName stream;
    private readonly GatewayMetrics metrics;
    private readonly ILogger logger;
    private readonly StreamSubscription feed;
    private readonly GapRepair catchUp;
    private readonly PresenceReporter reporter;
    private readonly CancellationTokenSource stopping = new();

    private readonly Lock gate = new();
    private readonly MessageResequencer sequence = new();
    private readonly PositionWaiters waiters = new();
    private readonly StreamFrames logs;
    private readonly Action<StreamMessage> deliver;
    private readonly List<StreamEvent> unproven = [];
    private bool begun;
    private int clients;

    public GatewayStream(
        StreamName stream, IStreamGrain grain, IStreamFeed feed, GatewayIdentity gateway, FanOutShards fanOut,
        FrameMemory memory, StreamTroubles troubles, HubOptions options, TimeSpan reportInterval, GatewayMetrics metrics, TimeProvider time, ILogger logger)
    {
        (this.stream, this.metrics, this.logger) = (stream, metrics, logger);
        logs = new(fanOut, memory.Frames);
        deliver = logs.Append;
        History = new(grain, memory, time, () => Position.Epoch, Observe);
        this.feed = new(stream, feed, TakeEvent, troubles.Subscribing, time, logger, stopping.Token);
        catchUp = new(grain, Look, TakePage, options.HoleGrace, memory, troubles.Fetching, time, metrics, stopping.Token);
        reporter = new(grain, gateway, reportInterval, () => (Volatile.Read(ref clients), Position), TakeReportAnswer, time, logger);
        FirstAnswer = reporter.ReportAsync();
    }

    /// <summary>The history below this hub's own logs.</summary>
    public HistoryPages History { get; }

    /// <summary>What the stream's owner answered to the last report; none before the first answer.</summary>
    public StreamStatus? LastAnswer { get; private set; }

    /// <summary>How many listeners this gateway has for the stream.</summary>
    public int Clients => Volatile.Read(ref clients);

    /// <summary>The last message that listeners at the end of the log were given.</summary>
    public EventId Position
    {
        get
        {
            lock (gate)
            {
                return sequence.Position;
            }
        }
    }

    /// <summary>How many follow its logs.</summary>
    public int Followers
    {
        get
        {
            lock (gate)
            {
                return logs.Listeners;
            }
        }
    }

    /// <summary>How many bytes of its logs are only kept for slow listeners.</summary>
    public long KeptByListeners
    {
        get
        {
            lock (gate)
            {
                return logs.KeptByListeners;
            }
        }
    }

    /// <summary>The stream's owner has answered for the first time.</summary>
    public Task FirstAnswer { get; }

    /// <summary>Subscribes and reports; the first answer tells where the stream stands.</summary>
    public async Task StartAsync()
    {
        // The subscription first: what is pushed after the report's answer then comes over the feed.
        await feed.StartAsync();
        reporter.Start();
    }

    /// <summary>The cluster is back after it was away. Over when it knows this hub again.</summary>
    public async Task RenewAsync()
    {
        var reported = reporter.ReportAsync();
        await feed.RenewAsync();
        await reported;
    }

    /// <summary>Nobody needs the hub any more, and nobody will.</summary>
    public void Close() => reporter.Close();

    /// <summary>Ends the subscription and takes this gateway's listeners off the count.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            logs.Close();
        }

        History.Clear();
        await stopping.CancelAsync();
        await reporter.DisposeAsync();
        await feed.DisposeAsync();
        stopping.Dispose();
    }

    /// <summary>
    /// Counts a listener in. When the answer is there, it is counted by every push that begins from then on, and everything
    /// pushed before the answer has reached this hub.
    /// </summary>
    public async Task<StreamStatus> AddClientAsync(CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref clients);
        return await SynchroniseAsync(cancellationToken);
    }

    /// <summary>Counts a listener out.</summary>
    public void RemoveClient()
    {
        Interlocked.Decrement(ref clients);
        _ = reporter.ReportAsync();
    }

    /// <summary>Asks the stream's owner where it stands, and waits until this hub stands there too.</summary>
    public async Task<StreamStatus> SynchroniseAsync(CancellationToken cancellationToken)
    {
        var status = await reporter.ReportAsync().WaitAsync(cancellationToken);
        await WaitBeyondAsync(status.HeadId with { Sequence = status.Head - 1 }, cancellationToken);
        return status;
    }

    /// <summary>Waits until something after a position is here, or the epoch is not that position's.</summary>
    public async Task WaitBeyondAsync(EventId position, CancellationToken cancellationToken)
    {
        PositionWaiters.Waiter waiter;
        lock (gate)
        {
            waiter = waiters.Add(position, sequence.Position);
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

    /// <summary>
    /// Finds the place in a log from which a listener at a position goes on, if the log reaches back to it.
    /// The listener has its place in the group from then on, and must take it.
    /// </summary>
    public bool TryFollow(
        FrameFormat format, Framing framing, EventId position, [NotNullWhen(true)] out FanOutGroup? group, out FrameCursor cursor)
    {
        lock (gate)
        {
            return logs.TryFollow(format, framing, position, sequence.Position, out group, out cursor);
        }
    }

    /// <summary>A push that this gateway took is in the stream's log: its listeners need not wait for the feed.</summary>
    public void TakeReceipt(StreamStatus status, ulong epochWhenAsked, ReadOnlySpan<StreamMessage> messages)
    {
        reporter.Seen(status.Activation);
        lock (gate)
        {
            if (begun)
            {
                Adopt(status, epochWhenAsked);
                Take(messages, "receipt");
            }
        }

        LookForHole();
    }

    /// <summary>Appends a keepalive to each log, and lets go of logs that nobody follows.</summary>
    public void Keepalive()
    {
        lock (gate)
        {
            logs.Keepalive();
        }

        History.Clear();
    }

    /// <summary>Charges what its logs weigh now.</summary>
    public void Weigh()
    {
        lock (gate)
        {
            logs.Weigh();
        }
    }

    /// <summary>Lets go of what its logs keep for those who reconnect.</summary>
    public void Trim()
    {
        lock (gate)
        {
            logs.Trim();
        }
    }

    /// <summary>Cuts the listeners that keep the most of its logs; they come back and resume.</summary>
    public void CutMostBehind()
    {
        lock (gate)
        {
            logs.CutMostBehind();
        }
    }

    /// <summary>A grain's word on the stream: where its head is, and which life it is in.</summary>
    /// <param name="status">What it said.</param>
    /// <param name="epochWhenAsked">The epoch this hub stood in when it asked.</param>
    public void Observe(StreamStatus status, ulong epochWhenAsked)
    {
        reporter.Seen(status.Activation);
        lock (gate)
        {
            if (!begun)
            {
                // Nobody has been given anything yet: this is where the hub begins.
                begun = true;
                sequence.Begin(status.HeadId);
                waiters.Release(sequence.Position);
                logs.MoveTo(sequence.Position);
            }

            Adopt(status, epochWhenAsked);
            // Those left over are of a life that the owner does not know, or not yet: then the report that they asked for tells.
            unproven.Clear();
        }

        LookForHole();
    }

    private void TakeReportAnswer(StreamStatus status, ulong epochWhenAsked)
    {
        LastAnswer = status;
        Observe(status, epochWhenAsked);
        feed.Heard(Look().HasHole);
    }

    private void TakeEvent(StreamEvent streamEvent)
    {
        reporter.Seen(streamEvent.Activation);
        lock (gate)
        {
            if (!begun || streamEvent.Epoch != sequence.Position.Epoch)
            {
                // An event is not the grain's word on the epoch. The answer to a report is; the event waits for it.
                if (unproven.Count < MaxUnproven)
                {
                    unproven.Add(streamEvent);
                }

                _ = reporter.ReportAsync();
                return;
            }

            Take(streamEvent);
        }

        LookForHole();
    }

    private void TakePage(HistoryPage page, ulong epochWhenAsked, long after)
    {
        lock (gate)
        {
            Adopt(page.Status, epochWhenAsked);
            var position = sequence.Position;
            if (page.Status.Epoch != position.Epoch)
            {
                return;
            }

            // What the page begins with is the oldest there is: what lies before it cannot be had any more.
            var oldest = page.Messages.Length > 0 ? page.Messages[0].Id.Sequence : page.Status.Oldest;
            if (position.Epoch == epochWhenAsked && position.Sequence == after && oldest > after + 1)
            {
                logs.Jump(new(ResumeStatus.Gap, position, page.Status.HeadId, page.Status.Head - oldest + 1, oldest - 1 - after),
                    position with { Sequence = oldest - 1 });
                TellArrived(sequence.Skip(oldest - 1, deliver), "stream");
            }

            Take(page.Messages, "fetch");
        }
    }

    // Under the gate.
    private void Adopt(StreamStatus status, ulong epochWhenAsked)
    {
        if (sequence.IsNewer(status, epochWhenAsked))
        {
            var from = sequence.Position;
            // An epoch begins with a stream's first message: who was there before it has lost nothing.
            var start = new EventId(status.Epoch, from.Epoch == 0 ? 0 : status.Oldest - 1);
            sequence.Enter(start);
            if (from.Epoch == 0)
            {
                logs.MoveTo(start);
            }
            else
            {
                LogReset(logger, stream, from, status.HeadId);
                logs.Jump(new(
                    ResumeStatus.Reset, from, status.HeadId, status.Head - status.Oldest + 1, Reason: ResumeVerdict.ReasonOf(from, status.Forgotten)), start);
            }

            waiters.Release(sequence.Position);
        }

        if (status.Epoch == sequence.Position.Epoch)
        {
            sequence.Expect(status.Head);
            TakeProven();
        }
    }

    // What came too early to be believed may tell of more than the answer, which was on its way then.
    private void TakeProven()
    {
        foreach (var streamEvent in unproven)
        {
            if (streamEvent.Epoch == sequence.Position.Epoch)
            {
                Take(streamEvent);
            }
        }

        unproven.RemoveAll(streamEvent => streamEvent.Epoch == sequence.Position.Epoch);
    }

    private void Take(StreamEvent streamEvent)
    {
        sequence.Expect(streamEvent.Head);
        Take(streamEvent.Messages, "stream");
    }

    private void Take(ReadOnlySpan<StreamMessage> messages, string way)
    {
        var taken = sequence.Take(messages, deliver);
        if (taken > 0)
        {
            TellArrived(taken, way);
        }
    }

    // The position has moved: also over what was given up, when nothing came after it.
    private void TellArrived(int count, string way)
    {
        metrics.Arrived(count, way);
        waiters.Release(sequence.Position);
        logs.Signal();
    }

    private (bool HasHole, ulong Epoch, long Sequence) Look()
    {
        lock (gate)
        {
            return (sequence.HasHole, sequence.Position.Epoch, sequence.Position.Sequence);
        }
    }

    private void LookForHole()
    {
        if (Look().HasHole)
        {
            catchUp.Start();
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The history of stream {Stream} was lost at {From}; it goes on at {To}. Listeners are told")]
    private static partial void LogReset(ILogger logger, StreamName stream, EventId from, EventId to);
}
