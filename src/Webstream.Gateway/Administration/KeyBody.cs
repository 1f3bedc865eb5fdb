using System.Globalization;
using System.Text.Json;
using Webstream.Gateway.Keys;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Administration;

/// <summary>A key that somebody asks for.</summary>
/// <param name="Name">Who gets it.</param>
/// <param name="Rights">What it shall give.</param>
/// <param name="Expires">When it shall end.</param>
/// <param name="Limits">How much whoever has it may do.</param>
internal sealed record NewKey(string Name, KeyRights Rights, DateTimeOffset? Expires, KeyLimits? Limits);

/// <summary>Reads the body of a request for a key.</summary>
internal static class KeyBody
{
    /// <summary>The most bytes of a body.</summary>
    public const int MaxBytes = 64 * 1024;

    private const string Example =
        "Send {\"name\": \"ci\", \"publish\": [\"builds.*\"], \"subscribe\": [], \"history\": [], \"approve\": [], \"admin\": false, "
        + "\"expires\": \"2027-01-31T00:00:00Z\", \"limits\": {\"messagesPerSecond\": 50}}; only the name and one right are needed.";

    /// <exception cref="WebstreamException">The body breaks a rule. The text says which, and what to send.</exception>
    public static NewKey Parse(ReadOnlyMemory<byte> body, DateTimeOffset now)
    {
        if (!StrictJson.TryParse(body, out var document, out var fault))
        {
            throw Invalid(fault.Kind == JsonFaultKind.Repeated
                ? $"The member {RightsJson.Shown(fault.Path)} stands twice. {Example}"
                : $"The body is not a JSON object. {Example}");
        }

        using (document)
        {
            if (document.RootElement.ValueKind != JsonValueKind.Object || StrictJson.FaultIn(document.RootElement, StringComparer.Ordinal) is not null)
            {
                throw Invalid($"The body is not a JSON object of whole characters. {Example}");
            }

            var key = new NewKey("", KeyRights.None, null, null);
            foreach (var member in document.RootElement.EnumerateObject())
            {
                key = With(key, member.Name, member.Value, now);
            }

            return Checked(key);
        }
    }

    /// <summary>Refuses a key that breaks a rule.</summary>
    /// <exception cref="WebstreamException">It does.</exception>
    public static NewKey Checked(NewKey key) =>
        key.Name == StoredKey.DefaultName
            ? throw Invalid($"The name {StoredKey.DefaultName} is that of the key in WEBSTREAM_API_KEY. Choose another one.")
        : !KeyJson.IsName(key.Name)
            ? throw Invalid($"name is 1 to {KeyJson.MaxNameLength} characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit. {Example}")
        : key.Rights.IsNone ? throw Invalid($"A key without any right opens nothing. {Example}")
        : key;

    private static NewKey With(NewKey key, string name, JsonElement value, DateTimeOffset now) => name switch
    {
        "name" => key with { Name = value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Invalid($"name is a text. {Example}") },
        "expires" => key with { Expires = Expires(value, now) },
        "limits" => key with { Limits = Limits(value) },
        _ => Rights(key.Rights, name, value) is { } rights ? key with { Rights = rights }
            : throw Invalid($"{RightsJson.Shown(name)} is not a member of a key. {Example}"),
    };

    private static KeyRights? Rights(KeyRights rights, string name, JsonElement value)
    {
        try
        {
            return RightsJson.With(rights, name, value);
        }
        catch (FormatException fault)
        {
            throw Invalid(fault.Message);
        }
    }

    private static DateTimeOffset? Expires(JsonElement value, DateTimeOffset now) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String when DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            && at > now => at.ToUniversalTime(),
        _ => throw Invalid("expires is a time to come, for example \"2027-01-31T00:00:00Z\", or null for never."),
    };

    private static KeyLimits? Limits(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Object)
        {
            throw Invalid("limits is an object, for example {\"messagesPerSecond\": 50}.");
        }

        var limits = new KeyLimits();
        foreach (var member in value.EnumerateObject())
        {
            var number = member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var whole) && whole > 0
                ? whole
                : throw Invalid($"{RightsJson.Shown(member.Name)} in limits is a whole number from 1 up.");
            limits = KeyLimitNames.With(limits, member.Name, number) ?? throw Invalid($"{RightsJson.Shown(member.Name)} is not a limit. There are {KeyLimitNames.All}.");
        }

        return limits == new KeyLimits() ? null : limits;
    }

    private static WebstreamException Invalid(string text) => new(WebstreamError.Invalid, text);
}
