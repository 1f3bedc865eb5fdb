using System.Text.Json;
using Microsoft.Data.Sqlite;
using Webstream.Protocol;

namespace Webstream.Grains.History.Disk;

/// <summary>Writes rows of streams and messages, with their checksums. Used by the writer's thread, inside a transaction.</summary>
internal sealed class DiskRows(DiskConnection file) : IDisposable
{
    private readonly RowChecksum checksum = new();

    private readonly SqliteCommand message = file.Prepared(
        "INSERT OR REPLACE INTO messages (life, seq, at, before, sum, count, hash, print, key, body) "
        + "VALUES ($life, $seq, $at, $before, $sum, $count, $hash, $print, $key, $body)",
        "$life", "$seq", "$at", "$before", "$sum", "$count", "$hash", "$print", "$key", "$body");

    private readonly SqliteCommand stream = file.Prepared(
        "INSERT OR REPLACE INTO streams (life, name, epoch, head, headAt, oldest, oldestAt, bytes, oldestBytes, batch, endMark, rank, sum) "
        + "VALUES ($life, $name, $epoch, $head, $headAt, $oldest, $oldestAt, $bytes, $oldestBytes, $batch, $endMark, $rank, $sum)",
        "$life", "$name", "$epoch", "$head", "$headAt", "$oldest", "$oldestAt", "$bytes", "$oldestBytes", "$batch", "$endMark", "$rank", "$sum");

    private readonly SqliteCommand drop = file.Prepared(
        "INSERT OR IGNORE INTO gone (life) SELECT $life; DELETE FROM streams WHERE life=$life; DELETE FROM founders WHERE life=$life", "$life");

    /// <summary>How histories ended.</summary>
    public DiskEndings Endings { get; } = new(file);

    /// <summary>Writes a message, and the key whose last message it is.</summary>
    /// <param name="life">The life of its stream.</param>
    /// <param name="added">The message.</param>
    /// <param name="before">The size of all messages before it.</param>
    /// <param name="key">The key; none: another message of the same push comes after it.</param>
    public void Add(long life, StreamMessage added, long before, KeyRecord? key)
    {
        var (at, body) = (added.Timestamp.UtcTicks, JsonSerializer.SerializeToUtf8Bytes(added, WireJson.Instance.StreamMessage));
        var print = key is null ? null : Print(key.Fingerprint);
        message.With(
            life,
            added.Id.Sequence,
            at,
            before,
            SumOfMessage(checksum, life, added.Id.Sequence, at, before, key?.Count, print, key?.Key, body),
            key?.Count,
            key is null ? null : RowChecksum.OfKey(key.Key),
            print,
            key?.Key,
            body).ExecuteNonQuery();
    }

    /// <summary>Writes what is known of a stream.</summary>
    public void Set(StreamName name, DiskHead head)
    {
        var batch = head.Batch.ToByteArray();
        stream.With(
            head.Life,
            name.Value,
            unchecked((long)head.Epoch),
            head.Head,
            head.HeadAt,
            head.Oldest,
            head.OldestAt,
            head.Bytes,
            head.OldestBytes,
            batch,
            head.End,
            head.Rank,
            SumOfStream(checksum, name.Value, head, batch)).ExecuteNonQuery();
    }

    /// <summary>Writes which key began a stream, or that none did.</summary>
    public void SetFounder(StreamName name, DiskHead head)
    {
        using var command = head.Founder is not { } founder
            ? file.Command("DELETE FROM founders WHERE life=$life", ("$life", head.Life))
            : file.Command(
                "INSERT OR REPLACE INTO founders (life, stream, name, bytes, sum) VALUES ($life, $stream, $name, $bytes, $sum)",
                ("$life", head.Life),
                ("$stream", name.Value),
                ("$name", founder.Name),
                ("$bytes", founder.Bytes),
                ("$sum", SumOfFounder(checksum, head.Life, name.Value, founder)));
        command.ExecuteNonQuery();
    }

    /// <summary>Ends a life: its messages are deleted later.</summary>
    public void Drop(long life) => drop.With(life).ExecuteNonQuery();

    public void Dispose()
    {
        message.Dispose();
        stream.Dispose();
        drop.Dispose();
        Endings.Dispose();
    }

    /// <summary>The checksum of a message's row.</summary>
    public static long SumOfMessage(
        RowChecksum checksum, long life, long sequence, long at, long before, long? count, byte[]? print, string? key, byte[] body) =>
        checksum.Add(life).Add(sequence).Add(at).Add(before).Add(count).Add(print).Add(key).Add(body).Take();

    /// <summary>The checksum of a stream's row.</summary>
    /// <param name="checksum">What computes it.</param>
    /// <param name="name">The stream.</param>
    /// <param name="head">The row.</param>
    /// <param name="batch">Its last batch.</param>
    /// <param name="first">The row was written in format 1, which had neither end marks nor ranks.</param>
    public static long SumOfStream(RowChecksum checksum, string name, DiskHead head, byte[] batch, bool first = false)
    {
        checksum.Add(head.Life).Add(name).Add(unchecked((long)head.Epoch)).Add(head.Head).Add(head.HeadAt).Add(head.Oldest).Add(head.OldestAt)
            .Add(head.Bytes).Add(head.OldestBytes).Add(batch);
        return first ? checksum.Take() : checksum.Add(head.End).Add(head.Rank).Take();
    }

    /// <summary>The checksum of the row that says which key began a stream.</summary>
    public static long SumOfFounder(RowChecksum checksum, long life, string stream, Founder founder) =>
        checksum.Add(life).Add(stream).Add(founder.Name).Add(founder.Bytes).Take();

    private static byte[] Print(UInt128 fingerprint)
    {
        var bytes = new byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128LittleEndian(bytes, fingerprint);
        return bytes;
    }
}
