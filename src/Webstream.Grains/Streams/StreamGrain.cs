using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Streams;
using Webstream.Grains.StreamDirectory;
using Webstream.Grains.Hosting;
using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Connects the state of one stream to its history, the memory stream, the gateways and the directory.
/// Reentrant: while one batch is being written, pushes for the next one come in.
/// </summary>
[Reentrant]
internal sealed partial class StreamGrain : Grain, IStreamGrain
{
    private static readonly TimeSpan DirectoryWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan IdleWhenMemoryIsShort = TimeSpan.FromMinutes(1);

    private readonly Guid activation = Guid.NewGuid();
    private readonly TimeProvider time;
    private readonly ILogger<StreamGrain> logger;
    private readonly IStreamHistories logs;
    private readonly IStreamHistory log;
    private readonly StreamName name;
    private readonly IIdempotencyKeys keys;
    private readonly StreamState state;
    private readonly PresenceLeases presence;
    private readonly StreamEventSender events;
    private readonly DirectoryPublisher directory;
    private readonly DateTimeOffset settledAt;
    private readonly StreamCommitter committer;
    private readonly ListenersKnown listeners;
    private readonly QuietStreams quiet;
    private readonly ISubscriptionKeeper subscriptions;
    private readonly MemoryShare memory;
    private Task? givingWay;
    private ulong forgotten;
    private bool steppedDown;
    private bool leaving;
    private bool charged;

    public StreamGrain(
        IStreamHistories logs,
        IOptions<PushQueueOptions> queue,
        IOptions<PresenceOptions> presenceOptions,
        IOptions<ClusterShape> shape,
        SiloChanges silos,
        QuietStreams quiet,
        ISubscriptionKeeper subscriptions,
        MemoryBudget memory,
        TimeProvider time,
        ILogger<StreamGrain> logger)
    {
        this.logs = logs;
        this.quiet = quiet;
        this.subscriptions = subscriptions;
        this.memory = memory.History;
        this.time = time;
        this.logger = logger;
        name = StreamName.Parse(this.GetPrimaryKeyString());
        log = logs.LogOf(name);
        keys = log.Keys ?? new IdempotencyWindow(memory.History);
        state = new(name, queue.Value, keys, memory.Waiting, logs.Clock);
        presence = new(presenceOptions.Value.Lease, time);
        listeners = new(presence, presenceOptions.Value.Lease, silos, shape.Value.OneProcess, time);
        // In one process the only gateway dies and starts with the grain, so no listener can be uncounted.
        settledAt = time.GetUtcNow() + (shape.Value.OneProcess ? TimeSpan.Zero : presenceOptions.Value.ReportInterval);
        events = new(SendAsync, memory.Waiting, time, logger);
        committer = new(name, state, log, Committed, quiet.GiveWayAsync, StepDown, time, logger);
        directory = new(status => GrainFactory.GetGrain<IStreamDirectoryGrain>(0).Tell(name.Value, status), Status, time, logger);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var records = await log.OpenAsync(cancellationToken);
        state.Load(log.Range, records);
        forgotten = log.Forgotten;
        memory.Take(MessageWeight.Owner);
        charged = true;
        KeepHistoryHere();
        this.RegisterGrainTimer(BeatAsync, new(IStreamDirectoryGrain.Heartbeat, IStreamDirectoryGrain.Heartbeat));
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        steppedDown = true;
        committer.Stop();
        keys.Close();
        memory.Return(charged ? MessageWeight.Owner : 0);
        // Committed messages go out while they can; the gateways fetch the rest.
        await events.Idle.WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public async Task<PushResult> Push(PushCommand command)
    {
        if (steppedDown)
        {
            return Answer(PushOutcome.Retry);
        }

        var offered = Offer(command);
        committer.Start();
        await offered.Outcome;
        var answer = Answer(offered);
        if (answer.Outcome == PushOutcome.Full)
        {
            LeaveIfUnused();
        }

        return answer;
    }

    public async Task<PushResult?[]> PushEach(PushCommand[] commands)
    {
        if (steppedDown)
        {
            return Array.ConvertAll(commands, _ => Answer(PushOutcome.Retry));
        }

        var offered = Array.ConvertAll(commands, Offer);
        committer.Start();
        Task decided = Task.WhenAll(offered.Select(push => push.Outcome));
        await decided.WaitAsync(IStreamGrain.WaitTogether, time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        var answers = Array.ConvertAll(offered, push => push.Outcome.IsCompleted ? Answer(push) : null);
        if (Array.Exists(answers, answer => answer?.Outcome == PushOutcome.Full))
        {
            LeaveIfUnused();
        }

        return answers;
    }

    public async Task<HistoryPage> Read(HistoryQuery query)
    {
        try
        {
            var messages = await log.ReadAsync(query, CancellationToken.None);
            // A batch in flight may be in the history already. Until it is committed here, nobody was told of it.
            return new(Status(), messages.Length > 0 && messages[^1].Id.Sequence > state.Head
                ? [.. messages.TakeWhile(message => message.Id.Sequence <= state.Head)]
                : messages);
        }
        catch (HistoryAwayException away) when (away.OtherOwner)
        {
            StepDown();
            throw;
        }
    }

    public async Task<StreamStatus> Report(PresenceReport report)
    {
        if (givingWay is { } ending)
        {
            // The history is ending. The report waits, so that its gateway gets the state after the end.
            await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        if (leaving)
        {
            // A report taken here would be lost: the gateway asks again, and finds the next owner.
            throw new InvalidOperationException($"The owner of stream {name} leaves, because nobody needed it. Report to the next one.");
        }

        if (presence.Take(report))
        {
            var told = directory.TellNow();
            if (state.Epoch == 0)
            {
                // Only the directory knows that somebody listens to a stream without history. Callers that must not activate the owner ask
                // the directory.
                await told.WaitAsync(DirectoryWait, time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }

        // The gateway is ahead of this owner: the history lost its tail, or another owner has the stream by now.
        if (report.Epoch == state.Epoch && report.Position > state.Head && !logs.DiesWithSilo && !steppedDown)
        {
            await log.DeclareSeenAsync(new(report.Epoch, report.Position), CancellationToken.None);
            StepDown();
        }

        var status = Status();
        LeaveIfUnused();
        return status;
    }

    public async Task<bool> GiveWay(ulong epoch, long head)
    {
        if (steppedDown || givingWay is not null || state.Epoch != epoch || state.Head != head || epoch == 0 || !state.IsIdle
            || !listeners.SurelyNone || log.Range.HeadAt > logs.Clock.GetUtcNow() - quiet.QuietFor)
        {
            return false;
        }

        // Race with a push that comes meanwhile: the history refuses either the push or the end of the history.
        var ending = log.ForgetAsync(new(epoch, head), CancellationToken.None).AsTask();
        givingWay = ending;
        try
        {
            if (!await ending)
            {
                return false;
            }
        }
        catch (HistoryAwayException)
        {
            // The history may be gone. The next owner reads it.
            StepDown();
            throw;
        }
        finally
        {
            givingWay = null;
        }

        LogGaveWay(logger, name, epoch);
        if (state.IsIdle)
        {
            (forgotten, _) = (epoch, directory.TellNow());
            state.Forget();
            LeaveIfUnused();
        }
        else
        {
            StepDown();
        }

        return true;
    }

    public Task<StreamStatus> Describe() => Task.FromResult(Status());

    private async Task BeatAsync()
    {
        if (state.Epoch != 0 || listeners.Any)
        {
            directory.Tell();
        }

        LeaveIfUnused();
        LeaveIfMemoryIsShort();
        if (listeners.Any)
        {
            await subscriptions.KeepAsync(name);
        }

        try
        {
            await log.TrimAsync(CancellationToken.None);
        }
        catch (HistoryAwayException away) when (away.OtherOwner)
        {
            StepDown();
        }
        catch (HistoryAwayException away)
        {
            LogTrimFailed(logger, away, name);
        }
    }

    // Somebody else writes this stream, or its history was lost: a fresh activation shall read the history.
    private void StepDown()
    {
        if (steppedDown)
        {
            return;
        }

        steppedDown = true;
        committer.Stop();
        DeactivateOnIdle();
        LogStepDown(logger, name);
    }

    // This owner has no history and no listeners: a failed push or a former listener created it. Any client may do that with any name.
    private void LeaveIfUnused()
    {
        if (state.Epoch == 0 && state.IsIdle && !presence.Any && !steppedDown)
        {
            (steppedDown, leaving) = (true, true);
            DeactivateOnIdle();
        }
    }

    // The history is elsewhere, and the next owner reads it when somebody needs the stream. The keys take memory here.
    private void LeaveIfMemoryIsShort()
    {
        var now = logs.Clock.GetUtcNow();
        _ = keys.HasRoom(now);
        if (!logs.DiesWithSilo && memory.IsTight && state.IsIdle && !presence.Any && !steppedDown && !(log.Range.HeadAt > now - IdleWhenMemoryIsShort))
        {
            (steppedDown, leaving) = (true, true);
            DeactivateOnIdle();
        }
    }

    private void Committed(HistoryBatch batch)
    {
        if (!listeners.NoneCanHear)
        {
            events.Add(batch.Messages);
        }

        KeepHistoryHere();
        directory.Tell();
    }

    // An owner on another silo would not have a history in this silo's memory, so the owner stays, idle or not.
    private void KeepHistoryHere()
    {
        if (logs.DiesWithSilo && state.Head > 0)
        {
            DelayDeactivation(Timeout.InfiniteTimeSpan);
        }
    }

    // The outcome is captured here: if the key comes once more, the pending push may get another outcome.
    private Offered Offer(PushCommand command)
    {
        var push = state.Offer(command, log.Range.Oldest);
        return new(command, push, push.Outcome);
    }

    private Task SendAsync(StreamMessage[] messages) =>
        this.GetStreamProvider(OrleansStreamIds.Provider)
            .GetStream<StreamEvent>(OrleansStreamIds.MessagesOf(name))
            .OnNextAsync(new StreamEvent(state.Epoch, state.Head, activation, messages));

    private StreamStatus Status()
    {
        var range = log.Range;
        return new()
        {
            Epoch = state.Epoch,
            Head = state.Head,
            // The history may be ahead of the state by the batch in flight: uncommitted messages are not reported.
            // The history may also have ended; then nothing of this epoch is retained.
            Oldest = range.Epoch == state.Epoch ? Math.Min(range.Oldest, state.Head + 1) : state.Head + 1,
            Clients = presence.Clients,
            Gateways = presence.Gateways,
            Activation = activation,
            Settled = time.GetUtcNow() >= settledAt,
            LastMessageAt = range.HeadAt,
            OldestMessageAt = range.OldestAt,
            Forgotten = forgotten,
        };
    }

    // Called once the outcome is there.
    private PushResult Answer(Offered offered)
    {
        var outcome = offered.Outcome.Result;
        // A push that came with the key of a waiting push shares its outcome, but was not pushed itself.
        outcome = outcome == PushOutcome.Accepted && !ReferenceEquals(offered.Push.Command, offered.Command) ? PushOutcome.Duplicate : outcome;
        // A push that failed after it was numbered must not return its sequences: another push will get them.
        return Answer(
            outcome,
            outcome is PushOutcome.Accepted or PushOutcome.Duplicate ? offered.Push.Record : null,
            outcome is PushOutcome.Unavailable ? offered.Push.Refusal : null);
    }

    private PushResult Answer(PushOutcome outcome, KeyRecord? record = null, string? refusal = null) => new()
    {
        Outcome = outcome,
        Status = Status(),
        First = record?.First ?? 0,
        Count = record?.Count ?? 0,
        Timestamp = record?.Timestamp ?? default,
        Refusal = refusal,
    };

    [LoggerMessage(1, LogLevel.Debug, "The log of stream {Stream} could not be trimmed")]
    private static partial void LogTrimFailed(ILogger logger, Exception failure, StreamName stream);

    [LoggerMessage(2, LogLevel.Warning, "Stepping down from stream {Stream}: its log is not as this activation left it")]
    private static partial void LogStepDown(ILogger logger, StreamName stream);

    [LoggerMessage(3, LogLevel.Debug, "Stream {Stream} gave way to a new one; its epoch {Epoch:x} has ended")]
    private static partial void LogGaveWay(ILogger logger, StreamName stream, ulong epoch);

    /// <summary>A command, the pending push that carries it (which may be an earlier one with the same key), and the outcome of that push.</summary>
    private readonly record struct Offered(PushCommand Command, PendingPush Push, Task<PushOutcome> Outcome);
}
