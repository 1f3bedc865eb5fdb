using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using StackExchange.Redis;
using Webstream.Grains.Trial;
using Webstream.Protocol;

namespace Webstream.Grains.History.Redis;

/// <summary>How messages, keys and positions are written in Redis.</summary>
internal static class RedisEntries
{
    private const int FirstChunk = 256;
    private const int SmallestChunk = 16;

    // What an entry of a Redis stream takes in addition to its text, in bytes.
    private const int EntryWeight = 48;

    public static string Epoch(ulong epoch) => epoch.ToString("x", CultureInfo.InvariantCulture);

    public static ulong Epoch(string? text) =>
        ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var epoch) ? epoch : 0;

    /// <summary>A time in microseconds: exact in the numbers of Redis' scripts.</summary>
    public static long Time(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset Time(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    /// <summary>The name of a batch.</summary>
    public static string Batch(HistoryBatch batch) => batch.Id.ToString("N");

    /// <summary>The arguments of <see cref="RedisScripts.Append"/>.</summary>
    /// <returns>The arguments, and what the batch will take in Redis, as estimated.</returns>
    public static (RedisValue[] Arguments, long Weight) Arguments(HistoryBatch batch, TimeSpan retention)
    {
        var arguments = new List<RedisValue>(10 + (3 * batch.Messages.Count) + (2 * batch.Keys.Count))
        {
            Batch(batch),
            Epoch(batch.Epoch),
            batch.First,
            batch.Messages.Count,
            batch.Keys.Count,
            Time(batch.Messages[^1].Timestamp),
            // If nothing is appended for so long, every message is too old.
            (long)retention.TotalMilliseconds,
            (long)(retention + RedisStreamHistories.RememberEpoch).TotalMilliseconds,
            batch.Life,
            (batch.Ends ? 1 : 0) + (batch.Moves ? 2 : 0),
        };
        var keys = batch.Keys.Select(key => (key.Last, Json: JsonSerializer.SerializeToUtf8Bytes(StoredKey.From(key), RedisJson.Default.StoredKey))).ToArray();
        var (total, next) = (0L, 0);
        foreach (var message in batch.Messages)
        {
            var json = JsonSerializer.SerializeToUtf8Bytes(message, WireJson.Instance.StreamMessage);
            var weight = WeightOf(json);
            // A key goes with its last message.
            for (; next < keys.Length && keys[next].Last <= message.Id.Sequence; next++)
            {
                weight += WeightOf(keys[next].Json);
            }

            weight = Math.Max(weight, message.Size);
            total += weight;
            arguments.Add(message.Size);
            arguments.Add(weight);
            arguments.Add(json);
        }

        foreach (var (last, json) in keys)
        {
            arguments.Add(last);
            arguments.Add(json);
        }

        return ([.. arguments], total);
    }

    /// <summary>The message of an entry. It gets the history's present epoch: a history that lost its tail goes on under a new epoch.</summary>
    /// <exception cref="HistoryAwayException">The entry is not as this product writes it.</exception>
    public static StreamMessage Message(StreamEntry entry, ulong epoch, StreamName stream) => Read(entry, stream, () =>
    {
        var message = JsonSerializer.Deserialize((byte[])entry["m"]!, WireJson.Instance.StreamMessage)
            ?? throw new JsonException("It is empty.");
        return (message with { Id = new(epoch, Sequence(entry)), Stream = stream, Timestamp = message.Timestamp.ToUniversalTime() }).Shown();
    });

    /// <summary>The key of an entry.</summary>
    /// <exception cref="HistoryAwayException">The entry is not as this product writes it.</exception>
    public static KeyRecord Key(StreamEntry entry, StreamName stream) => Read(
        entry, stream, () => JsonSerializer.Deserialize((byte[])entry["k"]!, RedisJson.Default.StoredKey)!.ToRecord(last: Sequence(entry)));

    /// <summary>How many messages to ask for next. It depends on the size of those read so far: large messages must not come by hundreds.</summary>
    public static int ChunkOf(int bytesLeft, List<StreamMessage> read) => read.Count == 0
        ? FirstChunk
        : Math.Max(SmallestChunk, bytesLeft / Math.Max(1, read.Sum(message => message.Size) / read.Count));

    // Redis allocates memory in size classes that are up to a quarter apart.
    private static long WeightOf(byte[] json) => json.Length + (json.Length / 8) + EntryWeight;

    private static T Read<T>(StreamEntry entry, StreamName stream, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception failure) when (failure is JsonException or FormatException or OverflowException or ArgumentException or NullReferenceException)
        {
            var refusal = new RedisRefusal(RedisRefusalKind.Other, $"Entry {entry.Id} of stream {stream} in Redis is not as it was written");
            throw RedisFailures.Refused(refusal, maybeIn: false);
        }
    }

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
