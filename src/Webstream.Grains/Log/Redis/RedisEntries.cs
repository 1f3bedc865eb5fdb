using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using StackExchange.Redis;
using Webstream.Protocol;

namespace Webstream.Grains.Log.Redis;

/// <summary>How messages, keys and positions are written in Redis.</summary>
internal static class RedisEntries
{
    private const int FirstChunk = 256;
    private const int SmallestChunk = 16;

    public static string Epoch(ulong epoch) => epoch.ToString("x", CultureInfo.InvariantCulture);

    public static ulong Epoch(string? text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;

    /// <summary>A time in microseconds: exact in the numbers of Redis' scripts.</summary>
    public static long Time(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static LogRange Range(string epoch, long head, long headAt, long oldest, RedisResult oldestAt) => Epoch(epoch) == 0
        ? LogRange.Empty
        : new(Epoch(epoch), head, oldest, Time(headAt), oldestAt.IsNull ? null : Time((long)oldestAt));

    /// <summary>The message of an entry. Its epoch is the log's present one: a history that lost its tail goes on under a new one.</summary>
    public static StreamMessage Message(StreamEntry entry, ulong epoch, StreamName stream)
    {
        var message = JsonSerializer.Deserialize((byte[])entry["m"]!, WireJson.Instance.StreamMessage)
            ?? throw new JsonException($"Entry {entry.Id} of stream {stream} is empty.");
        return message with { Id = new(epoch, Sequence(entry)), Stream = stream, Timestamp = message.Timestamp.ToUniversalTime() };
    }

    public static KeyRecord Key(StreamEntry entry) =>
        JsonSerializer.Deserialize((byte[])entry["k"]!, RedisJson.Default.StoredKey)!.ToRecord(last: Sequence(entry));

    /// <summary>How many messages to ask for next: by the size of those read so far, so that large ones do not come in by hundreds.</summary>
    public static int ChunkOf(int bytesLeft, List<StreamMessage> read) => read.Count == 0
        ? FirstChunk
        : Math.Max(SmallestChunk, bytesLeft / Math.Max(1, read.Sum(message => message.Size) / read.Count));

    private static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    private static long Sequence(StreamEntry entry)
    {
        var id = entry.Id.ToString();
        return long.Parse(id.AsSpan(0, id.IndexOf('-', StringComparison.Ordinal)), CultureInfo.InvariantCulture);
    }
}

/// <summary>An idempotency key as it stands in Redis; the sequence of its last message is the entry's id.</summary>
internal sealed record StoredKey(string Key, string Fingerprint, int Count, long Time)
{
    public static StoredKey From(KeyRecord record) => new(
        record.Key, record.Fingerprint.ToString("x", CultureInfo.InvariantCulture), record.Count, RedisEntries.Time(record.Timestamp));

    public KeyRecord ToRecord(long last) => new(
        Key,
        UInt128.Parse(Fingerprint, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
        last - Count + 1,
        Count,
        DateTimeOffset.UnixEpoch.AddTicks(Time * TimeSpan.TicksPerMicrosecond));
}

[JsonSerializable(typeof(StoredKey))]
internal sealed partial class RedisJson : JsonSerializerContext;
