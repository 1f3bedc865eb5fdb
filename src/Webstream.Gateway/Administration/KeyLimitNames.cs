using System.Globalization;
using Webstream.Grains;

namespace Webstream.Gateway.Administration;

/// <summary>The limits of a key by their names, as bodies and the command line have them.</summary>
internal static class KeyLimitNames
{
    /// <summary>The names, for people.</summary>
    public const string All = "messagesPerSecond, bytesPerSecond, newStreamsPerMinute, listeners, streams and bytes";

    /// <summary>Sets one limit.</summary>
    /// <returns>None when there is no limit of this name.</returns>
    public static KeyLimits? With(KeyLimits limits, string name, long value) => name switch
    {
        "messagesPerSecond" => limits with { MessagesPerSecond = value },
        "bytesPerSecond" => limits with { BytesPerSecond = value },
        "newStreamsPerMinute" => limits with { NewStreamsPerMinute = value },
        "listeners" => limits with { Listeners = value },
        "streams" => limits with { Streams = value },
        "bytes" => limits with { Bytes = value },
        _ => null,
    };

    /// <summary>Sets one limit from <c>name=number</c>.</summary>
    /// <returns>None when the text is not that.</returns>
    public static KeyLimits? With(KeyLimits limits, string text) =>
        text.Split('=') is [var name, var number]
        && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value > 0
            ? With(limits, name, value)
            : null;

    /// <summary>The limits that a key has, each as <c>name=number</c>.</summary>
    public static IEnumerable<string> Shown(KeyLimits? limits) =>
        from one in new (string Name, long? Value)[]
        {
            ("messagesPerSecond", limits?.MessagesPerSecond), ("bytesPerSecond", limits?.BytesPerSecond),
            ("newStreamsPerMinute", limits?.NewStreamsPerMinute), ("listeners", limits?.Listeners), ("streams", limits?.Streams), ("bytes", limits?.Bytes),
        }
        where one.Value is not null
        select string.Create(CultureInfo.InvariantCulture, $"{one.Name}={one.Value}");
}
