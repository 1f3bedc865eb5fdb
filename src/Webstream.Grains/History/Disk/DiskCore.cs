using Microsoft.Extensions.Logging;
using Webstream.Protocol;
using EventId = Webstream.Protocol.EventId;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// The file and the heads in it, and what is done when the file fails. Used by the writer's thread alone.
/// </summary>
internal sealed partial class DiskCore(
    DiskHistoryOptions disk, DiskStreams streams, DiskReaders readers, DiskAges ages, HistoryWatch watch, TimeProvider time, ILogger logger)
{
    // The name of what is noted.
    private const string Ages = "ages";

    private readonly DiskReserve reserve = new(disk.Path, disk.ReserveBytes);
    private long nextLife;
    private DateTimeOffset agesNoted;

    public DiskFile File { get; } = new(disk);

    public DiskStreams Streams => streams;

    /// <summary>Lives whose messages are still to be deleted.</summary>
    public Queue<long> Gone { get; } = new();

    /// <summary>Why nothing is appended now: a sentence without its full stop. None: all is well.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Where a damaged file was moved to last.</summary>
    public string? MovedAside { get; private set; }

    /// <summary>Numbers may have been lost when the file was opened first, and each stream has a new epoch.</summary>
    public bool EpochsRenewed { get; private set; }

    public long NewLife() => nextLife++;

    /// <summary>A stream that has no place, as it is before it gets one.</summary>
    public DiskHead EmptyOf(StreamName stream)
    {
        var ended = streams.Ended.Of(stream);
        return DiskHead.Empty(NewLife(), ended.Epoch, ended.Life, StreamSettings.None);
    }

    /// <summary>Opens the file for the first time.</summary>
    /// <exception cref="HistoryFileException">It cannot be used.</exception>
    public void Start()
    {
        try
        {
            try
            {
                EpochsRenewed = OpenOrBeginAnew(again: false);
            }
            catch (Exception failure) when (DiskFailures.Of(failure) == DiskFailure.Full && reserve.IsHeld)
            {
                reserve.GiveUp();
                EpochsRenewed = OpenOrBeginAnew(again: false);
            }
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
        {
            throw new HistoryFileException(
                HistoryFileReason.CannotOpen, disk.Path, $"The history at {disk.Path} cannot be opened: {failure.Message.TrimEnd('.')}.", failure);
        }
    }

    /// <summary>Runs one transaction, and finds out what became of it if it fails.</summary>
    /// <exception cref="HistoryAwayException">It failed. Nothing of it is in the file, unless the exception says that this is unknown.</exception>
    public void Write(Action work, bool synced = true)
    {
        try
        {
            File.Transaction(work, synced);
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
        {
            throw After(failure);
        }
    }

    /// <summary>Finds out what a failure means, and makes the file usable again if that can be.</summary>
    public HistoryAwayException After(Exception failure)
    {
        var text = DiskFailures.Text(failure, disk.Path);
        switch (DiskFailures.Of(failure))
        {
            case DiskFailure.Damaged:
                return new(BeginAnew(failure) ? "The history was damaged, and begins anew." : $"{Refusal}.", maybeIn: false, failure) { Refusal = Refusal };
            case DiskFailure.Full when TryRollBack():
                Refuse(text);
                reserve.GiveUp();
                return new($"{text}.", maybeIn: false, failure) { Refusal = text };
            case DiskFailure.Passing when TryRollBack():
                return new($"{text}.", maybeIn: false, failure);
            default:
                Refuse(text);
                var known = TryReopen();
                return new($"{text}.", maybeIn: !known, failure) { Refusal = known ? text : null };
        }
    }

    /// <summary>Tries whether the file can be written again after it could not.</summary>
    public void Mend()
    {
        if (Refusal is null || (!File.IsOpen && !TryReopen()))
        {
            return;
        }

        try
        {
            File.SyncNow();
            File.Checkpoint(shrink: true);
            if (reserve.TryTake())
            {
                Refusal = null;
                watch.Works(HistoryPart.Appending);
            }
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
        {
            After(failure);
        }
    }

    /// <summary>Holds room for a full disk. It is no trouble yet when there is none.</summary>
    public void TakeReserve() => reserve.TryTake();

    /// <summary>Notes every hour by which time messages become too old, for a process that comes after a kill.</summary>
    public void NoteAges()
    {
        if (Refusal is null && ages.GetUtcNow() - agesNoted >= DiskAges.Hold)
        {
            // It may be lost: then the one before it counts, by which nothing is older.
            Write(WriteAges, synced: false);
        }
    }

    /// <summary>Ends the file.</summary>
    public void End() => File.End(WriteAges);

    /// <summary>A life has ended, and a transaction says so: its messages are deleted later.</summary>
    public void Ended(long life)
    {
        File.Witness.Ended(life);
        Gone.Enqueue(life);
    }

    /// <summary>Gives every stream a new epoch; its messages stay.</summary>
    /// <returns>How many streams there are.</returns>
    public int RenewEpochs()
    {
        var renewal = new DiskRenewal(streams.All, streams.Ended, time.GetUtcNow());
        Write(() => renewal.Write(File.Rows));
        foreach (var (stream, head) in renewal.Heads)
        {
            streams.Set(stream, head);
        }

        renewal.Remember(streams.Ended);
        return renewal.Heads.Count;
    }

    private bool OpenOrBeginAnew(bool again)
    {
        try
        {
            return Open(again);
        }
        catch (Exception failure) when (DiskFailures.IsDamageAtOpening(failure))
        {
            MoveAside(failure);
            return Open(again);
        }
    }

    private bool Open(bool again)
    {
        var (contents, lost) = File.Open(again);
        var renewal = lost ? new DiskRenewal(contents.Heads, contents.Ended, time.GetUtcNow()) : null;
        var heads = renewal?.Heads ?? contents.Heads;
        try
        {
            if (!again)
            {
                StartAges(contents.Heads.Values.Select(head => head.HeadAt).DefaultIfEmpty().Max() is > 0 and var at ? DiskHead.Time(at) : null);
            }

            File.Begin(() =>
            {
                WriteAges();
                contents.Broken.ForEach(File.Rows.Drop);
                contents.Empty.ForEach(File.Rows.Drop);
                DiskSettings.Delete(File.Connection, contents.BrokenSettings);
                renewal?.Write(File.Rows);
            });
        }
        catch
        {
            File.Close();
            throw;
        }

        if (lost)
        {
            File.Witness.Forget();
        }

        nextLife = contents.NextLife;
        streams.Load(heads, contents.Ended);
        renewal?.Remember(streams.Ended);
        Gone.Clear();
        foreach (var life in contents.Gone.Concat(contents.Broken).Concat(contents.Empty))
        {
            Gone.Enqueue(life);
        }

        if (lost && heads.Count > 0)
        {
            LogTailLost(logger, disk.Path, heads.Count);
        }

        if (contents.Broken.Count > 0)
        {
            LogHeadsDamaged(logger, disk.Path, contents.Broken.Count);
        }

        if (contents.BrokenSettings.Count > 0)
        {
            LogSettingsDamaged(logger, disk.Path, contents.BrokenSettings.Count);
        }

        return lost && heads.Count > 0;
    }

    private void StartAges(DateTimeOffset? newest)
    {
        var ahead = ages.Start(DiskSchema.Meta(File.Connection, Ages), newest);
        if (ahead > ages.Patience)
        {
            LogAhead(logger, disk.Path, ahead, ages.Patience);
        }
    }

    private void WriteAges()
    {
        DiskSchema.WriteMeta(File.Connection, Ages, ages.ToString());
        agesNoted = ages.GetUtcNow();
    }

    private bool TryRollBack()
    {
        try
        {
            if (!File.Connection.IsIdle)
            {
                File.Connection.Run("ROLLBACK");
            }

            return true;
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure))
        {
            return false;
        }
    }

    // What was written last may be in the log and not on the disk. Reading it back would only show what the operating system remembers, so it is
    // copied into the database, which writes it once more.
    private bool TryReopen() => Try(() =>
    {
        File.Close();
        OpenOrBeginAnew(again: true);
        File.Checkpoint(shrink: true);
    });

    private bool BeginAnew(Exception failure) => Try(() =>
    {
        File.Close();
        MoveAside(failure);
        Open(again: true);
    });

    // Without readers: the file is recovered only when nobody has it open, and it may have to be moved.
    private bool Try(Action open) => readers.Without(() =>
    {
        try
        {
            open();
            return true;
        }
        catch (Exception failure) when (DiskFailures.IsOfTheFile(failure) || failure is HistoryFileException)
        {
            File.Close();
            Refuse(DiskFailures.Text(failure, disk.Path));
            return false;
        }
    });

    private void MoveAside(Exception failure)
    {
        MovedAside = File.MoveAside(time.GetUtcNow());
        LogDamaged(logger, disk.Path, failure.Message, MovedAside);
    }

    private void Refuse(string text)
    {
        Refusal = text;
        watch.Fails(HistoryPart.Appending, text);
    }

    [LoggerMessage(1, LogLevel.Critical, "The history at {Path} is damaged ({Reason}). It was moved aside to {Aside}, nothing of it was deleted, and an empty history begins: every listener hears reset")]
    private static partial void LogDamaged(ILogger logger, string path, string reason, string aside);

    [LoggerMessage(2, LogLevel.Warning, "The history at {Path} may have lost its newest messages. What is left stays, and all {Streams} streams go on in a new epoch")]
    private static partial void LogTailLost(ILogger logger, string path, int streams);

    [LoggerMessage(3, LogLevel.Error, "In the history at {Path} the heads of {Streams} streams are damaged. Their history is dropped")]
    private static partial void LogHeadsDamaged(ILogger logger, string path, int streams);

    [LoggerMessage(4, LogLevel.Error, "In the history at {Path} the settings of {Streams} streams are damaged. They are dropped, and configuration holds for these streams")]
    private static partial void LogSettingsDamaged(ILogger logger, string path, int streams);

    [LoggerMessage(5, LogLevel.Information, "The history at {Path} was used last {Ahead} ago by this machine's clock. Should the clock be wrong, set it right: nothing becomes too old by that time until this process has run for {Patience}")]
    private static partial void LogAhead(ILogger logger, string path, TimeSpan ahead, TimeSpan patience);
}
