using System.Text.Json.Serialization;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Moving;

/// <summary>The line of a stream's own rule.</summary>
/// <param name="Rule">The stream.</param>
/// <param name="Access">The rule.</param>
internal sealed record ExportedRule(StreamName Rule, ExportedAccess Access);

/// <summary>What is open to callers without a key. What is absent is as configuration says.</summary>
/// <param name="Read"><see cref="OwnRule.Read"/>, as its word.</param>
/// <param name="Write"><see cref="OwnRule.Write"/>, as its word.</param>
/// <param name="Listed"><see cref="OwnRule.Listed"/>.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record ExportedAccess(string? Read, string? Write, bool? Listed)
{
    public static ExportedAccess Of(OwnRule rule) => new(
        rule.Read is { } read ? RuleJson.Word(read) : null, rule.Write is { } write ? RuleJson.Word(write) : null, rule.Listed);

    /// <summary>The rule; none: a word in it is none.</summary>
    public OwnRule? ToRule() => (Read is null || RuleJson.ReadOf(Read) is not null) && (Write is null || RuleJson.WriteOf(Write) is not null)
        ? new() { Read = RuleJson.ReadOf(Read), Write = RuleJson.WriteOf(Write), Listed = Listed }
        : null;
}
