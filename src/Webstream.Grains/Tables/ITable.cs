namespace Webstream.Grains.Tables;

/// <summary>
/// A small table that is kept where the histories are kept: texts by their ids, and a version of the whole. Gateways have all of it, and ask only
/// whether it is still what they have. Safe for any thread.
/// </summary>
internal interface ITable
{
    /// <summary>All rows, if they are not those that the caller has.</summary>
    /// <param name="known">The version that the caller has; null: it has none.</param>
    /// <returns>Null when nothing has changed since.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer.</exception>
    Task<TableContents?> ReadAsync(long? known);

    /// <summary>One row; null when there is none.</summary>
    /// <exception cref="History.HistoryAwayException">The store does not answer.</exception>
    Task<TableRow?> FindAsync(string id);

    /// <summary>Writes a row, if it is still as the caller knows it.</summary>
    /// <param name="id">Its id: anything but <see cref="TableVersion.Id"/>.</param>
    /// <param name="before">Its value; null: there is no such row, or a damaged one.</param>
    /// <param name="value">Its new value.</param>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    Task<TableOutcome> SetAsync(string id, string? before, string value);

    /// <summary>Removes a row, also where there is no room for anything new.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="before">Only if it still has this value; null: whatever it has.</param>
    /// <returns>False when there is no such row.</returns>
    /// <exception cref="History.HistoryAwayException">The store does not answer, or refuses.</exception>
    Task<bool> RemoveAsync(string id, string? before = null);
}

/// <summary>The tables of this process's store.</summary>
internal interface ITables
{
    /// <summary>A table.</summary>
    /// <param name="name">Its name: lower case letters.</param>
    /// <param name="most">The most rows that it may have.</param>
    ITable Open(string name, int most);
}

/// <summary>A row.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Value">Its value; null: the row is damaged, and what it said is not known.</param>
internal readonly record struct TableRow(string Id, string? Value);

/// <summary>All rows at a moment.</summary>
/// <param name="Version">Another number after each change; 0 when there never was a row.</param>
/// <param name="Rows">The rows.</param>
/// <param name="Persistent">They outlive the processes of the cluster.</param>
internal sealed record TableContents(long Version, IReadOnlyList<TableRow> Rows, bool Persistent);

/// <summary>What became of a row that was to be written.</summary>
internal enum TableOutcome
{
    /// <summary>It is written.</summary>
    Done = 0,

    /// <summary>It would be one more than the table may have.</summary>
    Full = 1,

    /// <summary>It is not as the caller knows it.</summary>
    Changed = 2,
}
