using System.Globalization;
using System.Text.Json;
using Webstream.Grains;
using Webstream.Grains.History;
using Webstream.Protocol;

namespace Webstream.Gateway.Changing;

/// <summary>What a body asks to be set.</summary>
/// <param name="Settings">How much is retained, and what the stream is for.</param>
/// <param name="Rule">Who may do what.</param>
internal sealed record AskedSettings(SettingsChange Settings, RuleChange Rule);

/// <summary>Reads the body of a change of settings. An absent member stays as it is; <c>null</c> is what configuration says.</summary>
internal static class SettingsBody
{
    /// <summary>The most bytes of a body.</summary>
    public const int MaxBytes = 16 * 1024;

    private const string Example =
        "Send {\"retainedMessages\": 1000, \"retainedBytes\": 1048576, \"retention\": \"7.00:00:00\", \"description\": \"what it is for\"}; "
        + "what is left out stays as it is, and null is what configuration says. Who may do what is {\"read\": \"key\", \"write\": \"key\", \"listed\": false}.";

    /// <exception cref="WebstreamException">The body breaks a rule. The text says which, and what to send.</exception>
    public static AskedSettings Parse(ReadOnlyMemory<byte> body)
    {
        if (!StrictJson.TryParse(body, out var document, out var fault))
        {
            throw Invalid(fault.Kind == JsonFaultKind.Repeated ? $"The member {Shown(fault.Path)} stands twice. {Example}" : $"The body is not a JSON object. {Example}");
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object || StrictJson.FaultIn(document.RootElement, StringComparer.Ordinal) is not null)
            {
                throw Invalid($"The body is not a JSON object of whole characters. {Example}");
            }

            var (change, rule) = (new SettingsChange(SettingsMembers.None, StreamSettings.None), RuleChange.None);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                if (RuleMember.With(rule, member.Name, member.Value) is { } more)
                {
                    rule = more;
                }
                else
                {
                    change = With(change, member.Name, member.Value);
                }
            }

            return change.Members == SettingsMembers.None && rule.Members == RuleMembers.None
                ? throw Invalid($"There is nothing to set. {Example}")
                : new(change, rule);
        }
    }

    private static SettingsChange With(SettingsChange change, string name, JsonElement value)
    {
        var (members, values) = (change.Members, change.Values);
        return name switch
        {
            "retainedMessages" => new(members | SettingsMembers.RetainedMessages, values with { RetainedMessages = (int?)Number(name, value, 1, StreamLimits.MostMessages) }),
            "retainedBytes" => new(members | SettingsMembers.RetainedBytes, values with { RetainedBytes = Number(name, value, StreamLimits.LeastBytes, long.MaxValue) }),
            "retention" => new(members | SettingsMembers.Retention, values with { Retention = Retention(value) }),
            "description" => new(members | SettingsMembers.Description, values with { Description = Description(value) }),
            "closed" => throw Invalid(
                "closed cannot be set. POST /api/streams/{name}/close closes a stream; the way back is DELETE /api/streams/{name}, which begins it anew."),
            _ => throw Invalid($"{Shown(name)} is not a setting of a stream. {Example}"),
        };
    }

    private static long? Number(string name, JsonElement value, long least, long most) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.Number when value.TryGetInt64(out var number) && number >= least && number <= most => number,
        _ => throw Invalid(most == long.MaxValue
            ? $"{name} is a whole number from {least} up, or null for what configuration says."
            : $"{name} is a whole number from {least} to {most}, or null for what configuration says."),
    };

    private static TimeSpan? Retention(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String when TimeSpan.TryParseExact(value.GetString(), "c", CultureInfo.InvariantCulture, out var time)
            && time >= StreamLimits.LeastRetention && time <= StreamLimits.MostRetention
            // The histories keep it in milliseconds.
            => TimeSpan.FromMilliseconds((long)time.TotalMilliseconds),
        _ => throw Invalid(
            "retention is a time from \"00:00:01\" to \"3650.00:00:00\" (days, hours, minutes, seconds: \"7.00:00:00\" is a week), or null for what configuration says."),
    };

    private static string? Description(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String when value.GetString() is { Length: <= StreamSettings.MaxDescription } text && !text.Any(char.IsControl)
            => text.Length == 0 ? null : text,
        _ => throw Invalid($"description is a text of at most {StreamSettings.MaxDescription} characters without control characters, or null."),
    };

    // A name that the caller sent, shortened and without any character that could be more than text.
    private static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);

    private static WebstreamException Invalid(string text) => new(WebstreamError.Invalid, text);
}
