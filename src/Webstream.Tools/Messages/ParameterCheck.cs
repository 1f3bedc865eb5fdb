using System.Text.Json;
using ModelContextProtocol;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>Checks the parameters of a request against what its method reads.</summary>
internal static class ParameterCheck
{
    private static readonly string[] Levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"];

    /// <summary>What is wrong and what to send instead, a sentence or two; null when the library can read the parameters.</summary>
    /// <param name="method">The method.</param>
    /// <param name="parameters">Its <c>params</c>: an object, or none (<see cref="JsonValueKind.Undefined"/>).</param>
    public static string? FaultIn(string method, JsonElement parameters)
    {
        if (parameters.ValueKind == JsonValueKind.Object
            && StrictJson.FaultIn(parameters, StringComparer.OrdinalIgnoreCase) is { } fault)
        {
            return Described(fault);
        }

        return FaultIn(ParameterRules.Of(method), parameters, "") ?? FaultIn(ParameterRules.OfAll, parameters, "");
    }

    /// <summary>Finds a member as the library does: the case of its name does not matter.</summary>
    public static JsonElement Member(JsonElement parameters, string name)
    {
        if (parameters.ValueKind != JsonValueKind.Object)
        {
            return default;
        }

        if (!parameters.TryGetProperty(name, out var found))
        {
            foreach (var member in parameters.EnumerateObject())
            {
                if (member.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                {
                    return member.Value;
                }
            }
        }

        return found;
    }

    /// <summary>Whether a member is empty, so that it is left out: the library takes an empty cursor for a page after the last.</summary>
    public static bool IsNothing(JsonProperty member) =>
        (member.Name.Equals("arguments", StringComparison.OrdinalIgnoreCase) && IsEmptyList(member.Value))
        || (member.Name.Equals("cursor", StringComparison.OrdinalIgnoreCase) && member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals(""));

    /// <summary>Whether it is the empty list that some languages write for an empty object.</summary>
    public static bool IsEmptyList(JsonElement value) => value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0;

    /// <summary>Describes a fault of the JSON itself.</summary>
    /// <param name="fault">A member that occurs twice, or half of a character.</param>
    public static string Described(JsonFault fault)
    {
        // The sender's text is shortened and made visible. The sender knows a tool's arguments by their names, without their path.
        var shown = VisibleText.Short(Without("arguments.", Without("params.", fault.Path)), 100);
        return fault switch
        {
            { Kind: JsonFaultKind.Repeated } => $"{shown} stands twice: names that differ only in case are the same. Send each member once.",
            { InName: true } => $"The name of a member{(shown.Length > 0 ? $" of {shown}" : "")} is not well-formed Unicode: it holds half of a character (a lone surrogate). Send the whole character.",
            _ => $"{shown} is not well-formed Unicode: it holds half of a character (a lone surrogate). Send the whole character.",
        };
    }

    private static string Without(string beginning, string path) =>
        path.StartsWith(beginning, StringComparison.OrdinalIgnoreCase) ? path[beginning.Length..] : path;

    private static string? FaultIn(IReadOnlyList<ParameterRule> rules, JsonElement parameters, string path)
    {
        foreach (var rule in rules)
        {
            var value = Member(parameters, rule.Name);
            if (value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            {
                if (rule.IsRequired)
                {
                    return $"{path}{rule.Name} is missing. Send {rule.Means}.";
                }

                continue;
            }

            if (!Fits(rule.Form, value))
            {
                return $"{path}{rule.Name} has to be {Expected(rule.Form)}. Send {rule.Means}.";
            }

            if ((rule.Within is { } within ? FaultIn(within, value, $"{path}{rule.Name}.") : null) is { } inner)
            {
                return inner;
            }

            if (rule.Type is { } type && UnreadableIn(value, type) is { } place)
            {
                return $"{path}{rule.Name}{place} is not what the protocol has there. Send {rule.Means}.";
            }
        }

        return null;
    }

    private static bool Fits(ParameterForm form, JsonElement value) => form switch
    {
        ParameterForm.Text => value.ValueKind == JsonValueKind.String,
        ParameterForm.TextOrNumber => value.ValueKind is JsonValueKind.String or JsonValueKind.Number,
        ParameterForm.Level => value.ValueKind == JsonValueKind.String && Levels.Contains(value.GetString()),
        ParameterForm.ObjectOrNothing => value.ValueKind == JsonValueKind.Object || IsEmptyList(value),
        ParameterForm.Cursor => value.ValueKind == JsonValueKind.String && value.ValueEquals(""),
        _ => value.ValueKind == JsonValueKind.Object,
    };

    private static string Expected(ParameterForm form) => form switch
    {
        ParameterForm.Text => "a string",
        ParameterForm.TextOrNumber => "a string or a number",
        ParameterForm.Level => $"one of {string.Join(", ", Levels)}",
        ParameterForm.ObjectOrNothing => "a JSON object, not a string or a list",
        ParameterForm.Cursor => "the cursor of an answer, and this server gives none",
        _ => "a JSON object",
    };

    // The path to the part that the library cannot read, each name after a dot; empty when it is the whole value. Null when all can be read.
    private static string? UnreadableIn(JsonElement value, Type type)
    {
        try
        {
            value.Deserialize(McpJsonUtilities.DefaultOptions.GetTypeInfo(type));
            return null;
        }
        catch (JsonException failure)
        {
            // The path begins with a dollar sign. The rest of the message is about the library's types.
            return failure.Path is ['$', .. var place] ? VisibleText.Short(place, 100) : "";
        }
        catch (Exception failure) when (failure is InvalidOperationException or ArgumentException or FormatException or NotSupportedException)
        {
            return "";
        }
    }
}
