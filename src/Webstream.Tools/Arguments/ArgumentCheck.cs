using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Webstream.Tools;

/// <summary>The result of a check.</summary>
/// <param name="Arguments">The arguments for the tool: only known ones. Numbers that came as text are numbers here.</param>
/// <param name="Wrong">What is wrong and what to send instead, a sentence or two each.</param>
/// <param name="Unknown">The names that the tool does not know.</param>
internal sealed record ArgumentFindings(Dictionary<string, JsonElement> Arguments, IReadOnlyList<string> Wrong, IReadOnlyList<string> Unknown);

/// <summary>
/// Checks what a model sent against a tool's input schema, as far as our schemas go: types, bounds and patterns of arguments, and of the
/// texts in a list. The SDK enforces none of these, and its binding reports a failure without the reason.
/// </summary>
internal static class ArgumentCheck
{
    public static ArgumentFindings Of(JsonElement schema, IDictionary<string, JsonElement>? sent)
    {
        var arguments = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        var wrong = new List<string>();
        var unknown = new List<string>();
        var properties = schema.TryGetProperty("properties", out var declared) ? declared : default;
        foreach (var (name, value) in sent ?? new Dictionary<string, JsonElement>())
        {
            if (properties.ValueKind != JsonValueKind.Object || !properties.TryGetProperty(name, out var property))
            {
                unknown.Add(name);
            }
            else if (value.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                // Many clients send null for an argument that was left out.
                var taken = Clamped(name, property, AsDeclared(property, value));
                arguments[name] = taken;
                if (Fault(property, taken) is { } fault)
                {
                    wrong.Add($"{name} {fault}{Described(property)}");
                }
            }
        }

        foreach (var name in Required(schema).Where(name => !arguments.ContainsKey(name)))
        {
            wrong.Add($"{name} is missing. Send {Expected(properties.GetProperty(name))}.{Described(properties.GetProperty(name))}");
        }

        return new(arguments, wrong, unknown);
    }

    /// <summary>The arguments of a tool in one line, for a model that has to send them again.</summary>
    public static string Signature(JsonElement schema)
    {
        var required = Required(schema).ToHashSet();
        return schema.TryGetProperty("properties", out var properties)
            ? string.Join(", ", properties.EnumerateObject().Select(p => $"{p.Name} ({TypeOf(p.Value)}{(required.Contains(p.Name) ? ", required" : "")})"))
            : "no arguments";
    }

    // The original's users send the port as "8000"; some clients send whole numbers as 8000.0.
    private static JsonElement AsDeclared(JsonElement property, JsonElement value)
    {
        if (TypeOf(property) == "boolean" && value.ValueKind == JsonValueKind.String)
        {
            return value.GetString()!.Trim() switch
            {
                "true" => Parse("true"),
                "false" => Parse("false"),
                _ => value,
            };
        }

        if (TypeOf(property) != "integer")
        {
            return value;
        }

        var text = value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!.Trim(),
            JsonValueKind.Number => value.GetRawText(),
            _ => null,
        };
        return decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && decimal.IsInteger(number) && number is >= long.MinValue and <= long.MaxValue
            ? Parse(((long)number).ToString(CultureInfo.InvariantCulture))
            : value;
    }

    // A longer wait than there can be is no mistake: the tool waits as long as it can, and says so.
    private static JsonElement Clamped(string name, JsonElement property, JsonElement value) =>
        name.EndsWith("_seconds", StringComparison.Ordinal) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && number > Maximum(property)
            ? Parse(Maximum(property).ToString(CultureInfo.InvariantCulture))
            : value;

    private static string? Fault(JsonElement property, JsonElement value) => TypeOf(property) switch
    {
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= Minimum(property) && number <= Maximum(property)
            ? null
            : $"has to be {Expected(property)}; {Sent(value)}.",
        "string" => TextFault(property, value),
        "boolean" when value.ValueKind is not (JsonValueKind.True or JsonValueKind.False) => $"has to be {Expected(property)}; {Sent(value)}.",
        "array" when value.ValueKind != JsonValueKind.Array => $"has to be {Expected(property)}; {Sent(value)}.",
        "array" when value.GetArrayLength() > Bound(property, "maxItems", int.MaxValue) =>
            $"holds at most {Bound(property, "maxItems", 0)} items; you sent {value.GetArrayLength()}.",
        "array" => value.EnumerateArray().Select(item => TextFault(property.GetProperty("items"), item)).FirstOrDefault(fault => fault is not null) is { } fault
            ? $"has an item that {fault}"
            : null,
        _ => null,
    };

    private static string? TextFault(JsonElement property, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return $"has to be {Expected(property)}; {Sent(value)}.";
        }

        var text = value.GetString()!;
        if (text.Length < Bound(property, "minLength", 0))
        {
            return text.Length == 0 ? "is empty." : $"has to be {Expected(property)}.";
        }

        if (text.Length > Bound(property, "maxLength", int.MaxValue))
        {
            return string.Create(CultureInfo.InvariantCulture, $"is too long: it holds at most {Bound(property, "maxLength", 0)} characters; you sent {text.Length}.");
        }

        // The match has to cover the whole text: $ also matches before a final line feed.
        return (property.TryGetProperty("pattern", out var pattern) && Regex.Match(text, pattern.GetString()!) is var match && (!match.Success || match.Length != text.Length))
            ? $"does not have the right form; {Sent(value)}.{ArgumentPatterns.RuleOf(pattern.GetString())}"
            : null;
    }

    private static string Expected(JsonElement property) => TypeOf(property) switch
    {
        "integer" when property.TryGetProperty("minimum", out _) => string.Create(
            CultureInfo.InvariantCulture, $"a whole number from {Minimum(property)} to {Maximum(property)}, as {Math.Max(1, Bound(property, "default", Minimum(property)))}"),
        "integer" => "a whole number, as 1",
        "boolean" => "true or false",
        "array" => "a list of strings, as [\"yes\", \"no\"]",
        _ => "a string, as \"text\"",
    };

    // Shortened: the value may be long, and the model knows it anyway.
    private static string Sent(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => "you sent a list",
        JsonValueKind.Object => "you sent an object",
        _ => $"you sent {VisibleText.Short(value.GetRawText(), 60)}",
    };

    private static string Described(JsonElement property) =>
        property.TryGetProperty("description", out var description) ? $" It is: {description.GetString()}" : "";

    private static IEnumerable<string> Required(JsonElement schema) =>
        schema.TryGetProperty("required", out var required) ? required.EnumerateArray().Select(name => name.GetString()!) : [];

    private static string TypeOf(JsonElement property) => property.TryGetProperty("type", out var type) ? type.GetString()! : "";

    private static long Minimum(JsonElement property) => Bound(property, "minimum", long.MinValue);

    private static long Maximum(JsonElement property) => Bound(property, "maximum", long.MaxValue);

    private static long Bound(JsonElement property, string name, long otherwise) =>
        property.TryGetProperty(name, out var bound) ? bound.GetInt64() : otherwise;

    private static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
