using Microsoft.Data.Sqlite;

namespace Webstream.Grains.History.Disk;

/// <summary>What a failure of the file means.</summary>
internal enum DiskFailure
{
    /// <summary>The disk is full. Nothing was written.</summary>
    Full,

    /// <summary>The disk failed, or the file cannot be reached. What was written last is unknown.</summary>
    Disk,

    /// <summary>The file is damaged.</summary>
    Damaged,

    /// <summary>Nothing was written, and nothing is wrong with the file.</summary>
    Passing,
}

/// <summary>Tells failures of SQLite apart.</summary>
internal static class DiskFailures
{
    // SQLite's primary result codes.
    private const int Error = 1;
    private const int Busy = 5;
    private const int Locked = 6;
    private const int NoMemory = 7;
    private const int Interrupted = 9;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int Constraint = 19;
    private const int Mismatch = 20;
    private const int NotADatabase = 26;

    public static DiskFailure Of(Exception failure) => failure switch
    {
        SqliteException { SqliteErrorCode: Corrupt or Constraint or Mismatch or NotADatabase } => DiskFailure.Damaged,
        DiskDamageException or InvalidCastException or FormatException or OverflowException => DiskFailure.Damaged,
        SqliteException { SqliteErrorCode: Full } => DiskFailure.Full,
        SqliteException { SqliteErrorCode: Busy or Locked or NoMemory or Interrupted } => DiskFailure.Passing,
        _ => DiskFailure.Disk,
    };

    /// <summary>
    /// Whether a failure at opening shows damage: there, a statement that SQLite does not understand means that a table or a column is not as it
    /// was. Later it may be the fault of this program, and no reason to give the file up.
    /// </summary>
    public static bool IsDamageAtOpening(Exception failure) => Of(failure) == DiskFailure.Damaged || failure is SqliteException { SqliteErrorCode: Error };

    /// <summary>Whether the failure is one of the file, and none of this program.</summary>
    public static bool IsOfTheFile(Exception failure) =>
        failure is SqliteException or DiskDamageException or IOException or UnauthorizedAccessException or InvalidCastException or FormatException
            or OverflowException;

    /// <summary>The reason for people: a sentence without its full stop.</summary>
    public static string Text(Exception failure, string path) => failure switch
    {
        SqliteException { SqliteErrorCode: Full } => $"The disk is full: no room to write {path}",
        SqliteException sqlite => $"The disk does not take {path} (SQLite error {sqlite.SqliteExtendedErrorCode})",
        _ => $"The disk does not take {path} ({failure.Message.TrimEnd('.')})",
    };
}
