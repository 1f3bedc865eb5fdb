using Webstream.Protocol;

namespace Webstream.Gateway;

/// <summary>The stream that a request names, in its path, its query or its body; <see cref="StreamName.Main"/> when nowhere.</summary>
internal static class RequestedStream
{
    /// <exception cref="WebstreamException">A name breaks the rule, or two places name different streams.</exception>
    public static StreamName From(params ReadOnlySpan<string?> names)
    {
        StreamName? found = null;
        foreach (var name in names)
        {
            // An empty name is no name: a script's variable that was not set must not push to everybody.
            if (name is null)
            {
                continue;
            }

            if (!StreamName.TryParse(name, out var parsed))
            {
                throw new WebstreamException(WebstreamError.Invalid, $"A stream name is {StreamName.Rule}.");
            }

            if (found is not null && !found.Equals(parsed))
            {
                throw new WebstreamException(WebstreamError.Invalid, $"The request names two streams, {found} and {parsed}. Name one.");
            }

            found = parsed;
        }

        return found ?? StreamName.Main;
    }
}
