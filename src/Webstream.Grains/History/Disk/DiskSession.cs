using System.Buffers.Binary;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>One reader's connection, and what it can be asked. Rows whose checksum fails are never returned.</summary>
internal sealed class DiskSession : IDisposable
{
    private readonly DiskConnection file;
    private readonly SqliteCommand page;
    private readonly SqliteCommand find;
    private readonly SqliteCommand keys;
    private readonly RowChecksum checksum = new();

    public DiskSession(string path)
    {
        file = new(path, write: false, DiskReaders.CacheBytes);
        page = file.Prepared(
            "SELECT seq, at, before, sum, count, print, key, body FROM messages WHERE life=$life AND seq>$after ORDER BY seq LIMIT $limit",
            "$life", "$after", "$limit");
        // Named, because SQLite would rather walk over all messages of the stream than sort.
        find = file.Prepared(
            "SELECT seq, at, before, sum, count, print, key, body FROM messages INDEXED BY keys WHERE life=$life AND hash=$hash ORDER BY seq DESC",
            "$life", "$hash");
        keys = file.Prepared(
            "SELECT seq, at, before, sum, count, print, key, body FROM messages WHERE life=$life AND seq BETWEEN $first AND $last AND hash IS NOT NULL ORDER BY seq",
            "$life", "$first", "$last");
    }

    /// <summary>Reads consecutive messages, from the first one there is after a sequence.</summary>
    /// <exception cref="DiskDamageException">A row is not as it was written, or one is missing between two others.</exception>
    public List<StreamMessage> Page(StreamName stream, DiskHead head, HistoryQuery query)
    {
        var (messages, size) = (new List<StreamMessage>(), 0L);
        using var row = page.With(head.Life, query.After, query.MaxMessages).ExecuteReader();
        while (size < query.MaxBytes && row.Read())
        {
            var read = Read(row, head.Life);
            // A batch that is being committed stands in the file before anybody may hear of it.
            if (read.Sequence > head.Head)
            {
                break;
            }

            if (messages.Count > 0 && messages[^1].Id.Sequence + 1 != read.Sequence)
            {
                throw new DiskDamageException($"Message {messages[^1].Id.Sequence + 1} is missing.");
            }

            messages.Add(Message(read, stream, head.Epoch));
            size += messages[^1].Size;
        }

        return messages;
    }

    /// <summary>Looks keys up among those of the retained messages.</summary>
    /// <exception cref="DiskDamageException">A row is not as it was written.</exception>
    public KeyRecord?[] Find(DiskHead head, IReadOnlyList<string> wanted)
    {
        var found = new KeyRecord?[wanted.Count];
        for (var i = 0; i < found.Length; i++)
        {
            using var row = find.With(head.Life, RowChecksum.OfKey(wanted[i])).ExecuteReader();
            while (found[i] is null && row.Read())
            {
                if (!row.IsDBNull(6) && row.GetString(6) == wanted[i] && row.GetInt64(0) >= head.Oldest)
                {
                    found[i] = Key(Read(row, head.Life));
                }
            }
        }

        return found;
    }

    /// <summary>The keys whose last message is in a range of sequences, in their order.</summary>
    public List<KeyRecord> Keys(DiskHead head, long first, long last)
    {
        var found = new List<KeyRecord>();
        using var row = keys.With(head.Life, Math.Max(first, head.Oldest), last).ExecuteReader();
        while (row.Read())
        {
            found.Add(Key(Read(row, head.Life)));
        }

        return found;
    }

    public void Dispose()
    {
        page.Dispose();
        find.Dispose();
        keys.Dispose();
        file.Dispose();
    }

    private Row Read(SqliteDataReader row, long life)
    {
        var read = new Row(
            row.GetInt64(0),
            row.GetInt64(1),
            row.IsDBNull(4) ? null : row.GetInt64(4),
            row.IsDBNull(5) ? null : row.GetFieldValue<byte[]>(5),
            row.IsDBNull(6) ? null : row.GetString(6),
            row.IsDBNull(7) ? [] : row.GetFieldValue<byte[]>(7));
        var sum = DiskRows.SumOfMessage(checksum, life, read.Sequence, read.At, row.GetInt64(2), read.Count, read.Print, read.Key, read.Body);
        return sum == row.GetInt64(3) ? read : throw new DiskDamageException($"Message {read.Sequence} is not as it was written.");
    }

    // It gets the history's present epoch: a history that lost its tail goes on under a new one.
    private static StreamMessage Message(Row row, StreamName stream, ulong epoch)
    {
        var message = JsonSerializer.Deserialize(row.Body, WireJson.Instance.StreamMessage)
            ?? throw new DiskDamageException($"Message {row.Sequence} is empty.");
        return (message with { Id = new(epoch, row.Sequence), Stream = stream, Timestamp = message.Timestamp.ToUniversalTime() }).Shown();
    }

    private static KeyRecord Key(Row row) => row is { Key: { } key, Print: { Length: 16 } print, Count: { } count }
        ? new(key, BinaryPrimitives.ReadUInt128LittleEndian(print), row.Sequence - count + 1, (int)count, DiskHead.Time(row.At))
        : throw new DiskDamageException($"The key of message {row.Sequence} is not as it was written.");

    private readonly record struct Row(long Sequence, long At, long? Count, byte[]? Print, string? Key, byte[] Body);
}
