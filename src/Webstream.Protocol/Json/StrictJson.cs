using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Webstream.Protocol;

/// <summary>
/// The one place where bytes from outside become JSON. Reading a document that passed here does not fail: the framework itself checks much
/// of it only when the value is read, and then throws exceptions that the reader does not expect.
/// </summary>
public static class StrictJson
{
    /// <summary>The most levels of lists and objects within each other.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    private static readonly JsonDocumentOptions Lenient = new() { MaxDepth = MaxDepth };

    /// <summary>Parses one JSON value. Strings in it may still hold half of a character: see <see cref="FaultIn"/>.</summary>
    /// <param name="json">The bytes, without a byte order mark. They must not change while the document is in use.</param>
    /// <param name="document">The document, for the caller to dispose of.</param>
    /// <param name="fault">Why there is none.</param>
    /// <returns>Whether there is a document.</returns>
    public static bool TryParse(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out JsonDocument? document, [NotNullWhen(false)] out JsonFault? fault)
    {
        (document, fault) = (null, null);
        if (!Utf8.IsValid(json.Span))
        {
            fault = new(IsUtf16(json.Span) ? JsonFaultKind.Utf16 : JsonFaultKind.NotUtf8);
            return false;
        }

        try
        {
            document = JsonDocument.Parse(json, Strict);
            return true;
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            fault = Explained(json);
            return false;
        }
    }

    /// <summary>Finds the first member that occurs twice, or the first name or string that holds half of a character.</summary>
    /// <param name="value">A value of any kind. Its document may have been parsed leniently.</param>
    /// <param name="names">Which names are the same. A case-insensitive reader must not get two names that differ only in case.</param>
    /// <returns>Null when there is no such fault.</returns>
    public static JsonFault? FaultIn(JsonElement value, StringComparer names) => value.ValueKind switch
    {
        JsonValueKind.Object => FaultInObject(value, names),
        JsonValueKind.Array => FaultInArray(value, names),
        JsonValueKind.String => IsWellFormed(value) ? null : new(JsonFaultKind.HalfCharacter),
        _ => null,
    };

    private static JsonFault? FaultInObject(JsonElement value, StringComparer names)
    {
        var seen = value.GetPropertyCount() > 1 ? new HashSet<string>(names) : null;
        foreach (var member in value.EnumerateObject())
        {
            if (NameOf(member) is not { } name)
            {
                return new(JsonFaultKind.HalfCharacter, InName: true);
            }

            if (seen?.Add(name) == false)
            {
                return new(JsonFaultKind.Repeated, name.Length == 0 ? "\"\"" : name, InName: true);
            }

            if (FaultIn(member.Value, names) is { } fault)
            {
                return fault.Below(name);
            }
        }

        return null;
    }

    private static JsonFault? FaultInArray(JsonElement value, StringComparer names)
    {
        var place = 0;
        foreach (var item in value.EnumerateArray())
        {
            if (FaultIn(item, names) is { } fault)
            {
                return fault.Below($"[{place}]");
            }

            place++;
        }

        return null;
    }

    // A name is decoded only here, and decoding it fails in the same way as for a string.
    private static string? NameOf(JsonProperty member)
    {
        try
        {
            return member.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsWellFormed(JsonElement text)
    {
        if (JsonMarshal.GetRawUtf8Value(text).IndexOf("\\u"u8) < 0)
        {
            // Valid UTF-8 holds no half of a character; only an escape can.
            return true;
        }

        try
        {
            _ = text.GetString();
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    // This runs only for refused input, so it may parse a second time.
    private static JsonFault Explained(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Lenient);
            return FaultIn(document.RootElement, StringComparer.Ordinal) ?? new(JsonFaultKind.Broken);
        }
        catch (JsonException)
        {
            return new(IsUtf16(json.Span) ? JsonFaultKind.Utf16 : IsJsonOfAnyDepth(json.Span) ? JsonFaultKind.TooDeep : JsonFaultKind.Broken);
        }
    }

    // Recognised by the byte order mark, or by a zero byte beside the first character, which is ASCII in JSON.
    private static bool IsUtf16(ReadOnlySpan<byte> bytes) => bytes
        is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]
        or [0, (>= 0x20 and <= 0x7E) or (byte)'\t' or (byte)'\r' or (byte)'\n', ..]
        or [(>= 0x20 and <= 0x7E) or (byte)'\t' or (byte)'\r' or (byte)'\n', 0, ..];

    private static bool IsJsonOfAnyDepth(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
