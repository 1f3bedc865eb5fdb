using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>An argument that is the id of a message.</summary>
internal static class IdArgument
{
    /// <summary>The id; null when the argument was left out.</summary>
    /// <exception cref="WebstreamException">The text looks like an id but is not one.</exception>
    public static EventId? Of(string name, string text) =>
        text.Length == 0 ? null
        : EventId.TryParse(text, out var id) ? id
        : throw new WebstreamException(WebstreamError.Invalid, $"{name} is the id of a message or the cursor of an answer, exactly as it was given.");
}
