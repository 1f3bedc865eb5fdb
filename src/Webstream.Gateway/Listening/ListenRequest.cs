using System.Globalization;
using Microsoft.Extensions.Primitives;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>What a listener asks for.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Format">The format that it wants its messages in.</param>
/// <param name="LastEventId">The event id that it has, as received; none when it begins with what comes from now on.</param>
/// <param name="History">How many messages it wants first. An event id takes precedence, because browsers repeat their address.</param>
internal sealed record ListenRequest(StreamName Stream, FrameFormat Format, string? LastEventId, long History)
{
    /// <summary>The header with the event id of a listener that resumes. It may have any bytes: what is no event id is a reset.</summary>
    public const string LastEventIdHeader = "Last-Event-ID";

    /// <summary>Reads a request.</summary>
    /// <exception cref="WebstreamException">The request is malformed.</exception>
    public static ListenRequest From(HttpRequest request, string? pathName)
    {
        var query = request.Query;
        var header = Id(request.Headers[LastEventIdHeader]);
        var id = header.Length > 0 ? header : Id(query["lastEventId"]);
        var history = query["history"].ToString();
        var count = 0L;
        if (history.Length > 0 && !long.TryParse(history, NumberStyles.None, CultureInfo.InvariantCulture, out count))
        {
            throw new WebstreamException(WebstreamError.Invalid, "history is the number of messages to begin with, for example history=10.");
        }

        return new(
            RequestedStream.From(pathName, query["stream"]),
            new(
                Json: Choose(query, "format", "text", "json"),
                Typed: Choose(query, "events", "", "typed")),
            id.Length > 0 ? id : null,
            count);
    }

    // Some clients and proxies send an id twice, as two headers or as one list. Equal ids count once.
    private static string Id(StringValues values) =>
        string.Join(',', values.ToString().Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal));

    private static bool Choose(IQueryCollection query, string name, string usual, string other)
    {
        var value = query[name].ToString();
        return value.Length > 0 && value != usual && (value == other
            ? true
            : throw new WebstreamException(WebstreamError.Invalid, $"{name} is {(usual.Length > 0 ? usual + " or " : "")}{other}, or left out."));
    }
}
