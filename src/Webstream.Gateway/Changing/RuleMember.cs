using System.Text.Json;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Changing;

/// <summary>The members of a body of settings that say who may do what.</summary>
internal static class RuleMember
{
    /// <summary>A change with one member more.</summary>
    /// <returns>None when the member says something else.</returns>
    /// <exception cref="WebstreamException">Its value breaks a rule. The text says what to send.</exception>
    public static RuleChange? With(RuleChange change, string name, JsonElement value)
    {
        var (members, values) = (change.Members, change.Values);
        return name switch
        {
            "read" => new(members | RuleMembers.Read, values with { Read = Of(value, RuleJson.ReadOf, "read is \"open\" or \"key\"") }),
            "write" => new(members | RuleMembers.Write, values with { Write = Of(value, RuleJson.WriteOf, "write is \"loopback\", \"key\" or \"open\"") }),
            "listed" => new(members | RuleMembers.Listed, values with { Listed = Listed(value) }),
            _ => null,
        };
    }

    private static T? Of<T>(JsonElement value, Func<string?, T?> parse, string rule)
        where T : struct => value.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String when parse(value.GetString()) is { } policy => policy,
            _ => throw Invalid(rule),
        };

    private static bool? Listed(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Invalid("listed is true or false"),
    };

    private static WebstreamException Invalid(string rule) => new(WebstreamError.Invalid, $"{rule}, or null for what configuration says.");
}
