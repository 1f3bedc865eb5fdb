using System.Text.RegularExpressions;
using Webstream.Gateway.Access;

namespace Webstream.Gateway.Audit;

/// <summary>
/// Writes who did what, from where, and what became of it, in the log category <c>Webstream.Audit</c>. Never a message, a key or a query. Changes
/// and refusals are on the level <c>Information</c>; pushes, listening and reading on <c>Debug</c>. Of refusals that repeat, the first one of each
/// minute is a line, and the others are counted.
/// </summary>
internal sealed partial class AuditTrail(ILogger logger, RefusalCounts refusals)
{
    /// <summary>The category.</summary>
    public const string Category = "Webstream.Audit";

    /// <summary>Whether each request is a line, also those that only push, listen or read.</summary>
    public bool WritesAll => logger.IsEnabled(LogLevel.Debug);

    /// <summary>Whether anything is written.</summary>
    public bool IsOn => logger.IsEnabled(LogLevel.Information);

    /// <summary>Writes what became of a request.</summary>
    public void Write(HttpContext context, AccessAction action, string notes)
    {
        var status = context.Response.StatusCode;
        if (IsRefusal(status))
        {
            refusals.Add(new(WhoOf(context), context.Connection.RemoteIpAddress, action, status), PathOf(context), notes);
            return;
        }

        // Who got a ticket has handed it to somebody, most likely. So its use is a line too.
        var level = IsChange(context.Request.Method, action) || (context.User as Caller)?.Key?.Ticket is not null ? LogLevel.Information : LogLevel.Debug;
        if (logger.IsEnabled(level))
        {
            var (who, path) = (WhoOf(context), PathOf(context));
            AuditLines.Request(logger, level, who, context.Connection.RemoteIpAddress, context.Request.Method, path, notes, status);
        }
    }

    // Pushes and tools have lines of their own on Information already, and there may be thousands a second.
    private static bool IsChange(string method, AccessAction action) =>
        !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method)) && action is not (AccessAction.Publish or AccessAction.Tools);

    private static bool IsRefusal(int status) =>
        status is StatusCodes.Status401Unauthorized or StatusCodes.Status403Forbidden or StatusCodes.Status429TooManyRequests;

    private static string WhoOf(HttpContext context)
    {
        var caller = context.User as Caller;
        var who = caller?.Kind switch
        {
            null or CallerKind.Nobody => "nobody",
            CallerKind.Loopback => "a program of this machine",
            CallerKind.LocalUser => "the gateway's own user",
            CallerKind.Token => $"token {caller.Key!.Name}",
            _ => $"key {caller.Key!.Name}",
        };
        who = caller?.Key switch
        {
            { Ticket: not null } => $"ticket of {who}",
            { IsBySession: true } => $"session of {who}",
            _ => who,
        };
        return caller?.Foreign is null ? who : $"{who}, a page from elsewhere";
    }

    // Without the query, and without what is a secret by its form, wherever somebody has put it.
    private static string PathOf(HttpContext context)
    {
        var path = Secrets().Replace(context.Request.Path.Value ?? "", "$1…");
        return path.Length <= 200 ? path : $"{path.AsSpan(0, 200)}…";
    }

    // A key keeps its id, by which an administrator finds it.
    [GeneratedRegex("(wsk_[0-9a-f]{16}_|ws[st]_)[0-9A-Za-z]+")]
    private static partial Regex Secrets();
}
