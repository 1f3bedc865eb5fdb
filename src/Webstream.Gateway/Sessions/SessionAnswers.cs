using System.Text.Json;
using System.Text.Json.Serialization;
using Webstream.Gateway.Access;

namespace Webstream.Gateway.Sessions;

/// <summary>A session as its page sees it: without what it is recognised by.</summary>
/// <param name="Active">There is one. If not, nothing else is said.</param>
/// <param name="Name">Whose it is: the key's name, or <c>@</c> and a token's subject.</param>
/// <param name="Publish">The streams it may push to.</param>
/// <param name="Subscribe">The streams it may listen to.</param>
/// <param name="History">The streams whose messages it may read.</param>
/// <param name="Approve">The streams whose permission questions it may answer.</param>
/// <param name="Admin">Whether it may do what cannot be undone.</param>
/// <param name="Expires">When it ends at the latest.</param>
internal sealed record ShownSession(
    bool Active, string? Name = null, string[]? Publish = null, string[]? Subscribe = null, string[]? History = null, string[]? Approve = null,
    bool? Admin = null, DateTimeOffset? Expires = null)
{
    /// <summary>There is no session.</summary>
    public static ShownSession None { get; } = new(Active: false);

    /// <summary>The session by which somebody has a key.</summary>
    public static ShownSession Of(KeyIdentity key) => new(
        true, key.Source ?? key.Name, key.Rights.Publish, key.Rights.Subscribe, key.Rights.History, key.Rights.Approve, key.Rights.Admin, key.Ends);
}

/// <summary>The answer to <c>DELETE /api/session</c>.</summary>
/// <param name="Status">Always <c>success</c>.</param>
/// <param name="Ended">There was a session.</param>
internal sealed record EndedSession(string Status, bool Ended);

/// <summary>The answer to <c>POST /api/tickets</c>.</summary>
/// <param name="Ticket">The ticket. No other answer ever holds it.</param>
/// <param name="Stream">The stream to which it lets listen.</param>
/// <param name="Expires">Until when it must have been used.</param>
internal sealed record MadeTicket(string Ticket, string Stream, DateTimeOffset Expires);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ShownSession))]
[JsonSerializable(typeof(EndedSession))]
[JsonSerializable(typeof(MadeTicket))]
internal sealed partial class SessionAnswersJson : JsonSerializerContext;
