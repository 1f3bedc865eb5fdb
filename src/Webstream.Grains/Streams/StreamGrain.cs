using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Streams;
using Webstream.Grains.Catalogue;
using Webstream.Grains.Hosting;
using Webstream.Grains.Log;
using Webstream.Grains.Memory;
using Webstream.Grains.Presence;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Wires the state of one stream to its log, the memory stream, the gateways and the catalogue.
/// Reentrant: while one batch is being written, pushes for the next one come in.
/// </summary>
[Reentrant]
internal sealed partial class StreamGrain : Grain, IStreamGrain
{
    private readonly Guid activation = Guid.NewGuid();
    private readonly TimeProvider time;
    private readonly ILogger<StreamGrain> logger;
    private readonly IStreamLogs logs;
    private readonly IStreamLog log;
    private readonly StreamName name;
    private readonly IIdempotencyKeys keys;
    private readonly StreamState state;
    private readonly PresenceLeases presence;
    private readonly StreamEventSender events;
    private readonly CatalogueTeller catalogue;
    private readonly DateTimeOffset settledAt;
    private readonly StreamCommitter committer;
    private bool steppedDown;

    public StreamGrain(
        IStreamLogs logs,
        IOptions<PushQueueOptions> queue,
        IOptions<PresenceOptions> presenceOptions,
        IOptions<ClusterShape> shape,
        MemoryBudget memory,
        TimeProvider time,
        ILogger<StreamGrain> logger)
    {
        this.logs = logs;
        this.time = time;
        this.logger = logger;
        name = StreamName.Parse(this.GetPrimaryKeyString());
        log = logs.LogOf(name);
        keys = log.Keys ?? new IdempotencyWindow(memory.History);
        state = new(name, queue.Value, keys, memory.Waiting, time);
        presence = new(presenceOptions.Value.Lease, time);
        // In one process every gateway there is dies and starts with the grain, so nobody can be uncounted.
        settledAt = time.GetUtcNow() + (shape.Value.OneProcess ? TimeSpan.Zero : presenceOptions.Value.ReportInterval);
        events = new(SendAsync, memory.Waiting, time, logger);
        committer = new(name, state, log, Committed, StepDown, time, logger);
        catalogue = new(status => GrainFactory.GetGrain<ICatalogueGrain>(0).Tell(name.Value, status), Status, time, logger);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var records = await log.OpenAsync(cancellationToken);
        state.Load(log.Range, records);
        KeepHistoryHere();
        this.RegisterGrainTimer(BeatAsync, new(ICatalogueGrain.Heartbeat, ICatalogueGrain.Heartbeat));
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        steppedDown = true;
        committer.Stop();
        // What was committed goes out while it can; what does not is fetched by the gateways.
        await events.Idle.WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }

    public async Task<PublishAnswer> Publish(PublishCommand command)
    {
        if (steppedDown)
        {
            return Answer(PublishOutcome.Retry);
        }

        var offered = Offer(command);
        committer.Start();
        await offered.Outcome;
        return Answer(offered);
    }

    public async Task<PublishAnswer?[]> PublishEach(PublishCommand[] commands)
    {
        if (steppedDown)
        {
            return Array.ConvertAll(commands, _ => Answer(PublishOutcome.Retry));
        }

        var offered = Array.ConvertAll(commands, Offer);
        committer.Start();
        Task decided = Task.WhenAll(offered.Select(push => push.Outcome));
        await decided.WaitAsync(IStreamGrain.WaitTogether, time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return Array.ConvertAll(offered, push => push.Outcome.IsCompleted ? Answer(push) : null);
    }

    public async Task<HistoryPage> Read(HistoryQuery query)
    {
        try
        {
            var messages = await log.ReadAsync(query, CancellationToken.None);
            // A batch on its way may be in the log already; until it is committed here nobody was told of it.
            return new(Status(), messages.Length > 0 && messages[^1].Id.Sequence > state.Head
                ? [.. messages.TakeWhile(message => message.Id.Sequence <= state.Head)]
                : messages);
        }
        catch (LogAwayException away) when (away.OtherOwner)
        {
            StepDown();
            throw;
        }
    }

    public async Task<StreamStatus> Report(PresenceReport report)
    {
        if (presence.Take(report))
        {
            catalogue.TellNow();
        }

        // A gateway that is ahead of this owner: the log lost its tail, or somebody else owns the stream by now.
        if (report.Epoch == state.Epoch && report.Position > state.Head && !logs.DiesWithSilo && !steppedDown)
        {
            await log.DeclareSeenAsync(new(report.Epoch, report.Position), CancellationToken.None);
            StepDown();
        }

        return Status();
    }

    public Task<StreamStatus> Describe() => Task.FromResult(Status());

    private async Task BeatAsync()
    {
        catalogue.Tell();
        try
        {
            await log.TrimAsync(CancellationToken.None);
        }
        catch (LogAwayException away) when (away.OtherOwner)
        {
            StepDown();
        }
        catch (LogAwayException away)
        {
            LogTrimFailed(logger, away, name);
        }
    }

    // Somebody else writes this stream, or the log has left us: a fresh activation shall read what is there.
    private void StepDown()
    {
        if (steppedDown)
        {
            return;
        }

        LogStepDown(logger, name);
        steppedDown = true;
        committer.Stop();
        DeactivateOnIdle();
    }

    private void Committed(LogBatch batch)
    {
        events.Add(batch.Messages);
        KeepHistoryHere();
        catalogue.Tell();
    }

    // A history in this silo's memory is lost to an owner elsewhere, so the owner stays, idle or not.
    private void KeepHistoryHere()
    {
        if (logs.DiesWithSilo && state.Head > 0)
        {
            DelayDeactivation(Timeout.InfiniteTimeSpan);
        }
    }

    // Its outcome is taken hold of here: if its key comes once more, what waits is given another.
    private Offered Offer(PublishCommand command)
    {
        var push = state.Offer(command, log.Range.Oldest);
        return new(command, push, push.Outcome);
    }

    private Task SendAsync(StreamMessage[] messages) =>
        this.GetStreamProvider(StreamNames.Provider)
            .GetStream<StreamEvent>(StreamNames.MessagesOf(name))
            .OnNextAsync(new StreamEvent(state.Epoch, state.Head, activation, messages));

    private StreamStatus Status()
    {
        var range = log.Range;
        return new()
        {
            Epoch = state.Epoch,
            Head = state.Head,
            // The log may be ahead of the state by the batch on its way: what is not committed is not told.
            // It may also have forgotten the stream; then nothing of this life is retained.
            Oldest = range.Epoch == state.Epoch ? Math.Min(range.Oldest, state.Head + 1) : state.Head + 1,
            Clients = presence.Clients,
            Gateways = presence.Gateways,
            Activation = activation,
            Settled = time.GetUtcNow() >= settledAt,
            LastMessageAt = range.HeadAt,
            OldestMessageAt = range.OldestAt,
        };
    }

    // Once its outcome is there.
    private PublishAnswer Answer(Offered offered)
    {
        var outcome = offered.Outcome.Result;
        // One that came with the key of a push that still waited shares its fate, but was not pushed itself.
        outcome = outcome == PublishOutcome.Accepted && !ReferenceEquals(offered.Push.Command, offered.Command) ? PublishOutcome.Duplicate : outcome;
        // One that failed after it was numbered must not tell numbers that somebody else will get.
        return Answer(outcome, outcome is PublishOutcome.Accepted or PublishOutcome.Duplicate ? offered.Push.Record : null);
    }

    private PublishAnswer Answer(PublishOutcome outcome, KeyRecord? record = null) => new()
    {
        Outcome = outcome,
        Status = Status(),
        First = record?.First ?? 0,
        Count = record?.Count ?? 0,
        Timestamp = record?.Timestamp ?? default,
    };

    [LoggerMessage(1, LogLevel.Debug, "The log of stream {Stream} could not be trimmed")]
    private static partial void LogTrimFailed(ILogger logger, Exception failure, StreamName stream);

    [LoggerMessage(2, LogLevel.Warning, "Stepping down from stream {Stream}: its log is not as this activation left it")]
    private static partial void LogStepDown(ILogger logger, StreamName stream);

    /// <summary>A push, what waits for it, which may be an earlier one with its key, and what becomes of that.</summary>
    private readonly record struct Offered(PublishCommand Command, PendingPush Push, Task<PublishOutcome> Outcome);
}
