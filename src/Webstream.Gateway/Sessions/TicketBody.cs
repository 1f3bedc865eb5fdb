using System.Text.Json;
using Webstream.Gateway.Keys;
using Webstream.Protocol;

namespace Webstream.Gateway.Sessions;

/// <summary>Reads the body of a request for a ticket.</summary>
internal static class TicketBody
{
    /// <summary>The most bytes of a body.</summary>
    public const int MaxBytes = 4 * 1024;

    private const string Example = "Send {\"stream\": \"builds.main\"}.";

    /// <returns>The stream to which the ticket shall let listen.</returns>
    /// <exception cref="WebstreamException">The body breaks a rule. The text says which, and what to send.</exception>
    public static StreamName Parse(ReadOnlyMemory<byte> body)
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

            StreamName? stream = null;
            foreach (var member in document.RootElement.EnumerateObject())
            {
                stream = member.Name != "stream" ? throw Invalid($"{RightsJson.Shown(member.Name)} is not a member of a ticket. {Example}")
                    : member.Value.ValueKind == JsonValueKind.String && StreamName.TryParse(member.Value.GetString(), out var named) ? named
                    : throw Invalid($"A stream name is {StreamName.Rule}. {Example}");
            }

            // Not main where none is named, as elsewhere: a ticket is for others, and says to what.
            return stream ?? throw Invalid($"stream is missing: a ticket is for one stream. {Example}");
        }
    }

    private static WebstreamException Invalid(string text) => new(WebstreamError.Invalid, text);
}
