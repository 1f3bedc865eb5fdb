using System.Text.Json;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Keys;

/// <summary>The rights of a key as members of a JSON object, in a request for a key and in a token.</summary>
internal static class RightsJson
{
    /// <summary>The members' names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["publish", "subscribe", "history", "approve", "admin"];

    /// <summary>Rights with one member more.</summary>
    /// <returns>None when the member is no right.</returns>
    /// <exception cref="FormatException">Its value is not that of a right. The text says what to write.</exception>
    public static KeyRights? With(KeyRights rights, string name, JsonElement value) => name switch
    {
        "publish" => rights with { Publish = Patterns(name, value) },
        "subscribe" => rights with { Subscribe = Patterns(name, value) },
        "history" => rights with { History = Patterns(name, value) },
        "approve" => rights with { Approve = Patterns(name, value) },
        "admin" => value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? rights with { Admin = value.GetBoolean() }
            : throw new FormatException("admin is true or false."),
        _ => null,
    };

    /// <summary>A name that a caller sent, shortened and without any character that could be more than text.</summary>
    public static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private static string[] Patterns(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() <= KeyRights.MaxPatterns)
        {
            var patterns = value.EnumerateArray().Select(one => one.ValueKind == JsonValueKind.String ? one.GetString()! : "").ToArray();
            if (Array.TrueForAll(patterns, NamePattern.IsValid))
            {
                return patterns;
            }
        }

        throw new FormatException($"{name} is a list of at most {KeyRights.MaxPatterns} patterns, each {NamePattern.Rule}.");
    }
}
