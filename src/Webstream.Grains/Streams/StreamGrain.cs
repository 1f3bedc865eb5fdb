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

    private readonly TimeProvider time;
    private readonly ILogger<StreamGrain> logger;
    private readonly IStreamHistories logs;
    private readonly IStreamHistory log;
    private readonly StreamName name;
    private readonly IIdempotencyKeys keys;
    private readonly StreamState state;
    private readonly PresenceLeases presence;
    private readonly ListenersKnown listeners;
    private readonly OwnerStatus status;
    private readonly OwnerLife life;
    private readonly StreamCommitter committer;
    private readonly PushIntake pushes;
    private readonly ChangeIntake changes;
    private readonly HistoryEnd historyEnd;
    private readonly StreamEventSender events;
    private readonly DirectoryPublisher directory;
    private readonly HistoryMetrics metrics;
    private readonly ISubscriptionKeeper subscriptions;
    private readonly MemoryShare memory;
    private bool charged;

    public StreamGrain(
        IStreamHistories logs,
        IOptions<PushQueueOptions> queue,
        IOptions<PresenceOptions> presenceOptions,
        IOptions<ClusterShape> shape,
        SiloChanges silos,
        QuietStreams quiet,
        RetentionRules rules,
        HistoryMetrics metrics,
        ISubscriptionKeeper subscriptions,
        MemoryBudget memory,
        TimeProvider time,
        ILogger<StreamGrain> logger)
    {
        (this.logs, this.metrics, this.subscriptions, this.memory, this.time, this.logger) = (logs, metrics, subscriptions, memory.History, time, logger);
        name = StreamName.Parse(this.GetPrimaryKeyString());
        log = logs.LogOf(name);
        var lookup = log.AsksForKeys ? new KeyLookup(log) : null;
        keys = lookup ?? log.Keys ?? new IdempotencyWindow(memory.History);
        state = new(name, queue.Value, keys, memory.Waiting, logs.Clock);
        presence = new(presenceOptions.Value.Lease, time);
        listeners = new(presence, presenceOptions.Value.Lease, silos, shape.Value.OneProcess, time);
        // In one process the only gateway dies and starts with the grain, so no listener can be uncounted.
        var settledAt = time.GetUtcNow() + (shape.Value.OneProcess ? TimeSpan.Zero : presenceOptions.Value.ReportInterval);
        status = new(state, log, presence, settledAt, time, logs.Clock);
        life = new(state, log, keys, presence, memory.History, logs.LostWithProcess, logs.Clock);
        committer = new(name, state, log, Committed, Deleted, quiet.GiveWayAsync, StepDown, time, logger);
        pushes = new(state, log, lookup, committer, life, status, LeaveIfUnused, StepDown, time);
        changes = new(name, state, log, committer, life, status, rules, quiet.GiveWayAsync, LeaveIfUnused);
        historyEnd = new(state, log, listeners, quiet.QuietFor, HistoryEnded, logs.Clock);
        events = new(SendAsync, memory.Waiting, time, logger);
        directory = new(status => GrainFactory.GetGrain<IStreamDirectoryGrain>(0).Tell(name.Value, status), status.Now, time, logger);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var records = await log.OpenAsync(cancellationToken);
        state.Load(log.Range, records);
        state.IsMoved = log.IsMoved;
        (status.Forgotten, status.Deleted) = (log.Forgotten, log.Deleted);
        memory.Take(MessageWeight.Owner);
        charged = true;
        KeepHistoryHere();
        this.RegisterGrainTimer(BeatAsync, new(IStreamDirectoryGrain.Heartbeat, IStreamDirectoryGrain.Heartbeat));
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        life.TryStepDown();
        committer.Stop();
        keys.Close();
        memory.Return(charged ? MessageWeight.Owner : 0);
        // Committed messages go out while they can; the gateways fetch the rest.
        await events.Idle.WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public Task<PushResult> Push(PushCommand command) => pushes.PushAsync(command);

    public Task<PushResult?[]> PushEach(PushCommand[] commands) => pushes.PushEachAsync(commands);

    public Task<ChangeResult> Close(TimeSpan patience) => changes.CloseAsync(patience);

    public Task<ChangeResult> Delete(TimeSpan patience) => changes.DeleteAsync(patience);

    public async Task<SettingsResult> ChangeSettings(SettingsChange change)
    {
        try
        {
            return await changes.ChangeSettingsAsync(change);
        }
        catch (HistoryAwayException away) when (away.OtherOwner)
        {
            StepDown();
            throw;
        }
    }

    public async Task<HistoryPage> Read(HistoryQuery query)
    {
        try
        {
            var messages = await log.ReadAsync(query, CancellationToken.None);
            // A batch in flight may be in the history already. Until it is committed here, nobody was told of it.
            return new(status.Now(), messages.Length > 0 && messages[^1].Id.Sequence > state.Head
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
        if (historyEnd.UnderWay is { } ending)
        {
            // The history is ending. The report waits, so that its gateway gets the state after the end.
            await ending.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        }

        if (life.IsLeaving)
        {
            // A report taken here would be lost: the gateway asks again, and finds the next owner.
            throw new InvalidOperationException($"The owner of stream {name} leaves, because nobody needed it. Report to the next one.");
        }

        if (presence.Take(report))
        {
            var told = directory.TellNow();
            if (state.Head == 0)
            {
                // Only the directory knows that somebody listens to a stream without history. Callers that must not activate the owner ask
                // the directory.
                await told.WaitAsync(DirectoryWait, time)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
            }
        }

        // The gateway is ahead of this owner: the history lost its tail, or another owner has the stream by now.
        if (report.Epoch == state.Epoch && report.Position > state.Head && !logs.LostWithProcess && !life.IsOver)
        {
            await log.DeclareSeenAsync(new(report.Epoch, report.Position), CancellationToken.None);
            StepDown();
        }

        if (report.Life >= state.Life && report.Epoch != state.Epoch && state.Epoch != 0 && !life.IsOver)
        {
            await RiseAboveAsync(report);
        }

        var answer = status.Now();
        LeaveIfUnused();
        return answer;
    }

    public async Task<bool> GiveWay(ulong epoch, long head)
    {
        try
        {
            return !life.IsOver && await historyEnd.TryAsync(epoch, head);
        }
        catch (HistoryAwayException)
        {
            // The history may be gone. The next owner reads it.
            StepDown();
            throw;
        }
    }

    public Task Reopen()
    {
        StepDown();
        return Task.CompletedTask;
    }

    public Task<StreamStatus> Describe() => Task.FromResult(status.Now());

    private async Task BeatAsync()
    {
        if (state.Head != 0 || listeners.Any)
        {
            directory.Tell();
        }

        LeaveIfUnused();
        if (life.TryLeaveForMemory())
        {
            DeactivateOnIdle();
        }

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

    // A gateway is in an epoch of a later life than this owner's: there is a newer owner, or the lives were lost with the history.
    private async Task RiseAboveAsync(PresenceReport report)
    {
        var found = await logs.FindAsync(name, CancellationToken.None);
        if (found.Range.Epoch == state.Epoch)
        {
            state.RiseAbove(report.Life);
        }
        else
        {
            StepDown();
        }
    }

    // Somebody else writes this stream, or its history was lost: a fresh activation shall read the history.
    private void StepDown()
    {
        if (life.TryStepDown())
        {
            committer.Stop();
            DeactivateOnIdle();
            LogStepDown(logger, name);
        }
    }

    private void LeaveIfUnused()
    {
        if (!changes.IsSetting && life.TryLeaveUnused())
        {
            DeactivateOnIdle();
        }
    }

    // The stream gave way to a new one. A push that came meanwhile is for the next owner: the history has refused it.
    private void HistoryEnded(ulong epoch)
    {
        LogGaveWay(logger, name, epoch);
        if (state.IsIdle)
        {
            (status.Forgotten, _) = (epoch, directory.TellNow());
            state.Forget();
            LeaveIfUnused();
        }
        else
        {
            StepDown();
        }
    }

    private void Deleted(Deletion deletion)
    {
        LogDeleted(logger, name, deletion.Head);
        metrics.Deleted();
        status.Deleted = deletion.Head.Epoch;
        if (!listeners.NoneCanHear)
        {
            events.Begin();
        }

        _ = directory.TellNow();
    }

    private void Committed(HistoryBatch batch)
    {
        if (batch.Ends)
        {
            metrics.Closed();
        }

        if (!listeners.NoneCanHear)
        {
            events.Add(batch.Messages);
        }

        KeepHistoryHere();
        directory.Tell();
    }

    // An owner on another silo would not reach the history, so the owner stays, idle or not.
    private void KeepHistoryHere()
    {
        if (logs.OnlyInThisProcess && state.Head > 0)
        {
            DelayDeactivation(Timeout.InfiniteTimeSpan);
        }
    }

    private Task SendAsync(StreamMessage[] messages) =>
        this.GetStreamProvider(OrleansStreamIds.Provider)
            .GetStream<StreamEvent>(OrleansStreamIds.MessagesOf(name))
            .OnNextAsync(new StreamEvent(state.Epoch, state.Head, status.Activation, messages));

    [LoggerMessage(1, LogLevel.Debug, "The log of stream {Stream} could not be trimmed")]
    private static partial void LogTrimFailed(ILogger logger, Exception failure, StreamName stream);

    [LoggerMessage(2, LogLevel.Warning, "Stepping down from stream {Stream}: its log is not as this activation left it")]
    private static partial void LogStepDown(ILogger logger, StreamName stream);

    [LoggerMessage(3, LogLevel.Debug, "Stream {Stream} gave way to a new one; its epoch {Epoch:x} has ended")]
    private static partial void LogGaveWay(ILogger logger, StreamName stream, ulong epoch);

    [LoggerMessage(4, LogLevel.Information, "The history of stream {Stream} was deleted at {Head}")]
    private static partial void LogDeleted(ILogger logger, StreamName stream, Protocol.EventId head);
}
