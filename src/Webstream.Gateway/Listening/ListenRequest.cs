using System.Globalization;
using Microsoft.Extensions.Primitives;
using Webstream.Gateway.Access;
using Webstream.Gateway.Signing;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>What a listener asks for.</summary>
/// <param name="Stream">The stream.</param>
/// <param name="Format">The format that it wants its messages in.</param>
/// <param name="LastEventId">The event id that it has, as received; none when it begins with what comes from now on.</param>
/// <param name="History">How many messages it wants first. An event id takes precedence, because browsers repeat their address.</param>
internal sealed record ListenRequest(StreamName Stream, FrameFormat Format, string? LastEventId, long History)
{
    /// <summary>The caller may not read history: it gets what happens from now on, and history only by an event id that it was given.</summary>
    public bool OnlyFromNowOn
    {
        get => Format.HasSignedIds;
        init => Format = Format with { HasSignedIds = value };
    }

    /// <summary>
    /// The listener comes by a ticket that was used before, with an id that it says it was given. The ticket's right was looked at; whether the id is one of
    /// those that were given with it, the verdict on the id says.
    /// </summary>
    public bool UsedTicket { get; init; }

    /// <summary>Who listens; none: that was not asked.</summary>
    public Caller? Holder { get; init; }

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

    /// <summary>Where the listener begins, and what it is told about that.</summary>
    /// <param name="status">The stream's real head, as its owner knows it.</param>
    /// <param name="position">The last message that this gateway gave to its listeners.</param>
    /// <param name="ids">The stream's ids as the listener sees them.</param>
    /// <returns>The position after which its messages come, and the verdict as it sees it, if it resumes.</returns>
    public (EventId Start, ResumeVerdict? Shown) BeginIn(StreamStatus status, EventId position, ShownIds ids)
    {
        if (LastEventId is null)
        {
            var first = Math.Max(status.Oldest - 1, status.Head - History);
            // For a listener that asked for no history, messages that have come meanwhile are before "now".
            return (History > 0 ? status.HeadId with { Sequence = first } : position, null);
        }

        return ids.Judge(LastEventId, status);
    }

    /// <summary>Whether the listener has the end of a closed stream already: it came back, although nothing will come any more.</summary>
    /// <param name="status">The stream's real head, as its owner knows it.</param>
    /// <param name="ids">The stream's ids as the listener sees them.</param>
    public bool HasAllOf(StreamStatus status, ShownIds ids) => ids.IsEnd(LastEventId, status);

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
