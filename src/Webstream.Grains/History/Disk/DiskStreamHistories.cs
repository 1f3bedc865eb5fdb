using Microsoft.Extensions.Logging;
using Webstream.Grains.History.Moving;
using Webstream.Grains.Memory;
using Webstream.Protocol;
using EventId = Webstream.Protocol.EventId;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The histories in a file of this process: a database of SQLite. They survive the process, and with <see cref="HistorySync.Always"/> the machine. Only
/// one process may have the file; whoever opens it sees to that.
/// </summary>
internal sealed class DiskStreamHistories : IStreamHistories, IDisposable
{
    private readonly HistoryWatch watch;
    private readonly MemoryShare share;
    private readonly RetentionRules rules;
    private readonly DiskAges ages;
    private readonly DiskCore core;
    private bool disposed;

    private DiskStreamHistories(
        DiskHistoryOptions disk, HistoryOptions options, RetentionRules rules, MemoryBudget budget, HistoryMetrics metrics, TimeProvider time, ILogger logger)
    {
        (Path, Options, Clock, share) = (disk.Path, options, time, budget.History);
        this.rules = rules;
        watch = new(logger);
        Streams = new(share, options);
        Readers = new(disk.Path);
        ages = new(time, options.Retention);
        core = new(disk, Streams, Readers, ages, watch, time, logger);
        var room = new DiskRoom(core, options);
        Changes = new(core, time, logger);
        var upkeep = new DiskUpkeep(core, new(core, Changes, room, rules, ages), room, rules);
        Writer = new(core, new(core, upkeep, rules, metrics), upkeep, disk.Sync, time, logger);
    }

    public bool LostWithProcess => false;

    public bool OnlyInThisProcess => true;

    public TimeProvider Clock { get; }

    public HistoryOptions Options { get; }

    /// <summary>The database file.</summary>
    public string Path { get; }

    /// <summary>Where a damaged file was moved to, with all that belonged to it; none: it was in order.</summary>
    public string? MovedAside => core.MovedAside;

    /// <summary>Numbers may have been lost before the file was opened, and every stream has a new epoch.</summary>
    public bool EpochsRenewed => core.EpochsRenewed;

    public DiskStreams Streams { get; }

    public DiskReaders Readers { get; }

    /// <summary>The file as the writer has it: for its thread alone.</summary>
    public DiskFile File => core.File;

    public DiskWriter Writer { get; }

    /// <summary>For the writer's thread alone.</summary>
    public DiskCore Core => core;

    /// <summary>For the writer's thread alone.</summary>
    public DiskChanges Changes { get; }

    /// <summary>Opens the file, or makes it. Returns when every stream's head is known.</summary>
    /// <exception cref="HistoryFileException">It cannot be used.</exception>
    public static DiskStreamHistories Open(
        DiskHistoryOptions disk,
        HistoryOptions options,
        MemoryBudget budget,
        HistoryMetrics metrics,
        TimeProvider time,
        ILogger<DiskStreamHistories> logger,
        RetentionRules? rules = null)
    {
        var logs = new DiskStreamHistories(
            disk, options, rules ?? RetentionRules.Of(Microsoft.Extensions.Options.Options.Create(options)), budget, metrics, time, logger);
        logs.share.Take(DiskFile.Memory);
        try
        {
            logs.Writer.Start();
            return logs;
        }
        catch
        {
            logs.Dispose();
            throw;
        }
    }

    public IStreamMove MoveOf(StreamName stream) => new DiskMove(this, stream);

    public IStreamHistory LogOf(StreamName stream) => new DiskStreamHistory(this, stream);

    public Task CheckAsync() => core.Refusal is { } refusal
        ? Task.FromException(new HistoryAwayException($"{refusal}.", maybeIn: false) { Refusal = refusal })
        : Task.CompletedTask;

    public Task<HistoryHealth> AskHealthAsync() => Task.FromResult(watch.Health);

    public ValueTask<KeyUse[]> UsedByAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken) => new([.. keys.Select(Streams.Founders.Of)]);

    public ValueTask<FoundHistory> FindAsync(StreamName stream, CancellationToken cancellationToken)
    {
        var ended = Streams.Ended.Of(stream);
        return new(new FoundHistory(RangeOf(stream), ended.Forgotten, ended.Deleted));
    }

    public ValueTask<StreamSettings> SettingsOfAsync(StreamName stream, CancellationToken cancellationToken) => new(SettingsOf(stream));

    public ValueTask<IReadOnlyList<ListedHistory>> ListAsync(string prefix, string? after, int limit, CancellationToken cancellationToken) =>
        new(Listed(Streams.ByName.From(prefix, after), limit));

    public ValueTask<IReadOnlyList<StreamName>> NamesAsync(string? after, int limit, CancellationToken cancellationToken) =>
        new([.. Streams.ByName.From("", after).Take(limit)]);

    public ValueTask<IReadOnlyList<ListedHistory>> QuietestAsync(DateTimeOffset quietSince, int limit, CancellationToken cancellationToken) =>
        // A stream is as quiet as messages are old.
        new(Listed(Streams.Quietest(quietSince - (Clock.GetUtcNow() - ages.GetUtcNow()), limit), limit));

    public Task<int> RenewAsync(CancellationToken cancellationToken) => Writer.RunAsync(core.RenewEpochs);

    /// <summary>What a stream's history holds.</summary>
    public HistoryRange RangeOf(StreamName stream) => Streams.Find(stream) is { } head
        ? head.At(ages.GetUtcNow(), rules.Of(stream, head.Settings).Retention)
        : Streams.Ended.Of(stream).Range;

    /// <summary>A stream's own settings.</summary>
    public StreamSettings SettingsOf(StreamName stream) => Streams.Find(stream)?.Settings ?? StreamSettings.None;

    /// <summary>Asks a reader about a stream. What it finds out about the file is acted upon.</summary>
    /// <exception cref="HistoryAwayException">The file cannot be read, or the stream's history ends, because it is damaged.</exception>
    public async Task<T> AskAsync<T>(StreamName stream, DiskHead head, Func<DiskSession, T> question)
    {
        try
        {
            var answer = await Readers.AskAsync(question);
            watch.Works(HistoryPart.Reading);
            return answer;
        }
        catch (Exception failure) when (failure is DiskDamageException or InvalidCastException or FormatException or OverflowException or System.Text.Json.JsonException)
        {
            throw await DamagedAsync(stream, head, failure.Message);
        }
        catch (Exception failure) when (DiskFailures.IsDamageAtOpening(failure))
        {
            throw await Writer.RunAsync(() => core.After(failure));
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
        {
            var text = DiskFailures.Text(failure, Path);
            watch.Fails(HistoryPart.Reading, text);
            throw new HistoryAwayException($"{text}.", maybeIn: false, failure) { Refusal = text };
        }
    }

    /// <summary>Ends the life of a stream whose history is damaged.</summary>
    /// <returns>What its owner is told.</returns>
    public async Task<HistoryAwayException> DamagedAsync(StreamName stream, DiskHead head, string reason)
    {
        await Writer.RunAsync(() =>
        {
            Changes.EndDamaged(stream, head.Life, reason);
            return true;
        });
        return OtherOwner(stream);
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        Writer.Dispose();
        Readers.Dispose();
        Streams.Clear();
        share.Return(DiskFile.Memory);
    }

    /// <summary>What an owner is told whose history goes on in another epoch.</summary>
    public static HistoryAwayException OtherOwner(StreamName stream) =>
        new($"The log of stream {stream} belongs to another epoch.", maybeIn: false) { OtherOwner = true };

    private List<ListedHistory> Listed(IEnumerable<StreamName> names, int limit) =>
        [.. names.Select(name => new ListedHistory(name, RangeOf(name))).Where(listed => listed.Range.Head > 0).Take(limit)];
}
