using Microsoft.Data.Sqlite;
using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>The streams' own settings, as rows of the file. They stay whatever becomes of the stream's messages.</summary>
internal static class DiskSettings
{
    /// <summary>Writes a stream's settings in place of those before. Used by the writer's thread, inside a transaction.</summary>
    public static void Write(DiskConnection file, StreamName stream, StreamSettings settings)
    {
        using var command = settings.IsNone
            ? file.Command("DELETE FROM settings WHERE name=$name", ("$name", stream.Value))
            : file.Command(
                "INSERT OR REPLACE INTO settings (name, messages, bytes, retention, description, sum) "
                + "VALUES ($name, $messages, $bytes, $retention, $description, $sum)",
                ("$name", stream.Value),
                ("$messages", settings.RetainedMessages),
                ("$bytes", settings.RetainedBytes),
                ("$retention", settings.Retention?.Ticks),
                ("$description", settings.Description),
                ("$sum", Sum(stream.Value, settings)));
        command.ExecuteNonQuery();
    }

    /// <summary>Reads all of them.</summary>
    /// <returns>The settings, and the names of rows that are not as they were written.</returns>
    public static (Dictionary<StreamName, StreamSettings> Settings, List<string> Broken) Read(DiskConnection file)
    {
        var (settings, broken) = (new Dictionary<StreamName, StreamSettings>(), new List<string>());
        using var command = file.Command("SELECT name, messages, bytes, retention, description, sum FROM settings");
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            var name = row.IsDBNull(0) ? "" : row.GetString(0);
            var messages = row.IsDBNull(1) ? (long?)null : row.GetInt64(1);
            var read = new StreamSettings
            {
                RetainedMessages = messages is > 0 and <= int.MaxValue ? (int)messages : null,
                RetainedBytes = row.IsDBNull(2) ? null : row.GetInt64(2),
                Retention = row.IsDBNull(3) ? null : new TimeSpan(row.GetInt64(3)),
                Description = row.IsDBNull(4) ? null : row.GetString(4),
            };
            if (!row.IsDBNull(5) && read.RetainedMessages == messages && row.GetInt64(5) == Sum(name, read) && StreamName.TryParse(name, out var stream))
            {
                settings[stream] = read;
            }
            else
            {
                broken.Add(name);
            }
        }

        return (settings, broken);
    }

    /// <summary>Deletes rows that are not as they were written.</summary>
    public static void Delete(DiskConnection file, IEnumerable<string> broken)
    {
        foreach (var name in broken)
        {
            using var command = file.Command("DELETE FROM settings WHERE name=$name", ("$name", name));
            command.ExecuteNonQuery();
        }
    }

    private static long Sum(string stream, StreamSettings settings) => new RowChecksum()
        .Add(stream).Add((long?)settings.RetainedMessages).Add(settings.RetainedBytes).Add(settings.Retention?.Ticks).Add(settings.Description).Take();
}
