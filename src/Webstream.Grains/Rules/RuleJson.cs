using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Webstream.Grains;

/// <summary>A rule as it is written: in Redis, on disk, in an export, and over HTTP.</summary>
public static class RuleJson
{
    /// <summary>Writes a rule as one JSON object.</summary>
    public static string Write(OwnRule rule) => JsonSerializer.Serialize(WrittenRule.Of(rule), WrittenRuleJson.Default.WrittenRule);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>False when it is not that.</returns>
    public static bool TryRead(string? json, [NotNullWhen(true)] out OwnRule? rule)
    {
        rule = null;
        try
        {
            rule = json is null ? null : JsonSerializer.Deserialize(json, WrittenRuleJson.Default.WrittenRule)?.ToRule();
        }
        catch (JsonException)
        {
            // Whoever asks treats it as closed.
        }

        return rule is not null;
    }

    /// <summary>The word for a policy.</summary>
    public static string Word(ReadPolicy read) => read == ReadPolicy.Open ? "open" : "key";

    /// <summary>The word for a policy.</summary>
    public static string Word(WritePolicy write) => write switch
    {
        WritePolicy.Open => "open",
        WritePolicy.Loopback => "loopback",
        _ => "key",
    };

    /// <summary>The policy for a word.</summary>
    /// <returns>None when there is no such policy.</returns>
    public static ReadPolicy? ReadOf(string? word) => word switch
    {
        "open" => ReadPolicy.Open,
        "key" => ReadPolicy.Key,
        _ => null,
    };

    /// <summary>The policy for a word.</summary>
    /// <returns>None when there is no such policy.</returns>
    public static WritePolicy? WriteOf(string? word) => word switch
    {
        "open" => WritePolicy.Open,
        "loopback" => WritePolicy.Loopback,
        "key" => WritePolicy.Key,
        _ => null,
    };
}

/// <summary>The members of a rule.</summary>
internal sealed record WrittenRule
{
    public string? Read { get; init; }

    public string? Write { get; init; }

    public bool? Listed { get; init; }

    public static WrittenRule Of(OwnRule rule) => new()
    {
        Read = rule.Read is { } read ? RuleJson.Word(read) : null,
        Write = rule.Write is { } write ? RuleJson.Word(write) : null,
        Listed = rule.Listed,
    };

    public OwnRule? ToRule() => (Read is null || RuleJson.ReadOf(Read) is not null) && (Write is null || RuleJson.WriteOf(Write) is not null)
        ? new() { Read = RuleJson.ReadOf(Read), Write = RuleJson.WriteOf(Write), Listed = Listed }
        : null;
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false)]
[JsonSerializable(typeof(WrittenRule))]
internal sealed partial class WrittenRuleJson : JsonSerializerContext;
