using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Concurrency;
using Orleans.Streams;
using Webstream.Grains.Catalogue;
using Webstream.Grains.Hosting;
using Webstream.Grains.Log;
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
    // An append whose answer was lost is repeated unchanged, so one that went in is found there.
    private const int AppendTries = 3;

    private readonly Guid activation = Guid.NewGuid();
    private readonly TimeProvider time;
    private readonly ILogger<StreamGrain> logger;
    private readonly IStreamLogs logs;
    private readonly IStreamLog log;
    private readonly StreamName name;
    private readonly StreamState state;
    private readonly PresenceLeases presence;
    private readonly StreamEventSender events;
    private readonly CatalogueTeller catalogue;
    private readonly DateTimeOffset settledAt;
    private bool committing;
    private bool steppedDown;

    public StreamGrain(
        IStreamLogs logs,
        IOptions<PushQueueOptions> queue,
        IOptions<PresenceOptions> presenceOptions,
        IOptions<ClusterShape> shape,
        TimeProvider time,
        ILogger<StreamGrain> logger)
    {
        this.logs = logs;
        this.time = time;
        this.logger = logger;
        name = StreamName.Parse(this.GetPrimaryKeyString());
        log = logs.LogOf(name);
        state = new(name, queue.Value, time);
        presence = new(presenceOptions.Value.Lease, time);
        // In one process every gateway there is dies and starts with the grain, so nobody can be uncounted.
        settledAt = time.GetUtcNow() + (shape.Value.OneProcess ? TimeSpan.Zero : presenceOptions.Value.ReportInterval);
        events = new(SendAsync, time, logger);
        catalogue = new(status => GrainFactory.GetGrain<ICatalogueGrain>(0).Tell(name.Value, status), Status, time, logger);
    }

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var keys = await log.OpenAsync(cancellationToken);
        state.Load(log.Range, keys);
        KeepHistoryHere();
        this.RegisterGrainTimer(() => { catalogue.Tell(); return Task.CompletedTask; }, new(ICatalogueGrain.Heartbeat, ICatalogueGrain.Heartbeat));
    }

    public async Task<PublishAnswer> Publish(PublishCommand command)
    {
        if (steppedDown)
        {
            return Answer(PublishOutcome.Retry);
        }

        var push = state.Offer(command, log.Range.Oldest);
        if (!committing)
        {
            committing = true;
            CommitAsync().Ignore();
        }

        var outcome = await push.Outcome;
        // One that came with the key of a push that still waited shares its fate, but was not pushed itself.
        outcome = outcome == PublishOutcome.Accepted && !ReferenceEquals(push.Command, command) ? PublishOutcome.Duplicate : outcome;
        // One that failed after it was numbered must not tell numbers that somebody else will get.
        return Answer(outcome, outcome is PublishOutcome.Accepted or PublishOutcome.Duplicate ? push.Record : null);
    }

    public async Task<HistoryPage> Read(HistoryQuery query)
    {
        var messages = await log.ReadAsync(query, CancellationToken.None);
        return new(Status(), messages);
    }

    public Task<StreamStatus> Report(PresenceReport report)
    {
        if (presence.Take(report))
        {
            catalogue.TellNow();
        }

        return Task.FromResult(Status());
    }

    public Task<StreamStatus> Describe() => Task.FromResult(Status());

    // Commits until nobody waits. Runs on the grain's turns; one at a time.
    private async Task CommitAsync()
    {
        try
        {
            // Pushes that have arrived already get in before the first batch is closed.
            await Task.Yield();
            while (!steppedDown && state.TakeBatch() is { } batch)
            {
                await CommitAsync(batch);
            }
        }
        finally
        {
            committing = false;
        }
    }

    private async Task CommitAsync(CommitBatch batch)
    {
        switch (await AppendAsync(batch.Log))
        {
            case AppendResult.Appended:
                state.Commit(batch);
                events.Add(batch.Log.Messages);
                KeepHistoryHere();
                catalogue.Tell();
                break;
            case AppendResult.Full:
                state.Abandon(batch, PublishOutcome.Overloaded);
                break;
            default:
                state.Abandon(batch, PublishOutcome.Retry);
                StepDown();
                break;
        }
    }

    private async Task<AppendResult> AppendAsync(LogBatch batch)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await log.AppendAsync(batch, CancellationToken.None);
            }
            catch (Exception failure)
            {
                LogAppendFailed(logger, failure, name, attempt);
                if (attempt == AppendTries)
                {
                    return AppendResult.Refused;
                }
            }
        }
    }

    // Somebody else writes this stream, or the log has left us: a fresh activation shall read what is there.
    private void StepDown()
    {
        LogStepDown(logger, name);
        steppedDown = true;
        state.AbandonWaiting();
        DeactivateOnIdle();
    }

    // A history in this silo's memory is lost to an owner elsewhere, so the owner stays, idle or not.
    private void KeepHistoryHere()
    {
        if (logs.DiesWithSilo && state.Head > 0)
        {
            DelayDeactivation(Timeout.InfiniteTimeSpan);
        }
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

    private PublishAnswer Answer(PublishOutcome outcome, KeyRecord? record = null) => new()
    {
        Outcome = outcome,
        Status = Status(),
        First = record?.First ?? 0,
        Count = record?.Count ?? 0,
        Timestamp = record?.Timestamp ?? default,
    };

    [LoggerMessage(1, LogLevel.Warning, "The log of stream {Stream} did not answer (try {Attempt})")]
    private static partial void LogAppendFailed(ILogger logger, Exception failure, StreamName stream, int attempt);

    [LoggerMessage(2, LogLevel.Warning, "Stepping down from stream {Stream}: its log is not as this activation left it")]
    private static partial void LogStepDown(ILogger logger, StreamName stream);
}
