using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Webstream.Protocol;

/// <summary>
/// The name of a stream: 1 to 100 characters from <c>A-Z a-z 0-9 . _ - :</c>, starting with a letter or digit, case-sensitive.
/// </summary>
[JsonConverter(typeof(StreamNameJsonConverter))]
public sealed class StreamName : IEquatable<StreamName>
{
    /// <summary>The longest name, in characters.</summary>
    public const int MaxLength = 100;

    /// <summary>The rule in words, for error messages.</summary>
    public const string Rule =
        "1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit";

    /// <summary>The stream when a request names none: <c>main</c>.</summary>
    public static readonly StreamName Main = new("main");

    private StreamName(string value) => Value = value;

    /// <summary>The name as it is written.</summary>
    public string Value { get; }

    /// <summary>Parses a name. False when the text breaks the rule.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out StreamName? name)
    {
        name = NameGrammar.Matches(text, MaxLength) ? (text == Main.Value ? Main : new StreamName(text)) : null;
        return name is not null;
    }

    /// <summary>Takes a name that is known to keep the rule.</summary>
    /// <exception cref="FormatException">The text breaks <see cref="Rule"/>.</exception>
    public static StreamName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"A stream name is {Rule}.");

    /// <inheritdoc/>
    public bool Equals(StreamName? other) => other is not null && Value == other.Value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StreamName);

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Whether both are the same name.</summary>
    public static bool operator ==(StreamName? one, StreamName? other) => one?.Value == other?.Value;

    /// <summary>Whether they are different names.</summary>
    public static bool operator !=(StreamName? one, StreamName? other) => !(one == other);
}

/// <summary>Writes a stream name as its text.</summary>
public sealed class StreamNameJsonConverter : JsonConverter<StreamName>
{
    /// <inheritdoc/>
    public override StreamName Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        StreamName.TryParse(reader.GetString(), out var name)
            ? name
            : throw new JsonException($"A stream name is {StreamName.Rule}.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, StreamName value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
