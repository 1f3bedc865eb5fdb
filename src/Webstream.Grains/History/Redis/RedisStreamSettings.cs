using StackExchange.Redis;

namespace Webstream.Grains.History.Redis;

/// <summary>A stream's own settings as they stand in Redis: a hash of its own, which never expires.</summary>
internal static class RedisStreamSettings
{
    /// <summary>The fields, in the order in which <see cref="Of"/> reads them.</summary>
    public static readonly RedisValue[] Fields = ["messages", "bytes", "retention", "description"];

    /// <summary>Reads the fields. A value that is not as this product writes it counts as none.</summary>
    public static StreamSettings Of(RedisValue[] fields) => new()
    {
        RetainedMessages = StreamMeta.Number(fields[0]) is { } messages and > 0 and <= int.MaxValue ? (int)messages : null,
        RetainedBytes = StreamMeta.Number(fields[1]) is { } bytes and > 0 ? bytes : null,
        Retention = StreamMeta.Number(fields[2]) is { } milliseconds and > 0 and <= long.MaxValue / TimeSpan.TicksPerMillisecond
            ? TimeSpan.FromMilliseconds(milliseconds) : null,
        Description = fields[3],
    };

    /// <summary>The names and values of what is set.</summary>
    public static IEnumerable<RedisValue> Arguments(StreamSettings settings)
    {
        RedisValue[] values =
            [settings.RetainedMessages, settings.RetainedBytes, (long?)settings.Retention?.TotalMilliseconds, settings.Description];
        return Fields.Zip(values).Where(field => !field.Second.IsNull).SelectMany(field => new[] { field.First, field.Second });
    }
}
