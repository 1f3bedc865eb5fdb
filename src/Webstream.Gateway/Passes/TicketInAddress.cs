using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace Webstream.Gateway.Passes;

/// <summary>
/// The ticket in a request's address. It is taken out of the address before anything else looks at that (<see cref="TicketlessServer"/>), so that no log,
/// trace or error has it. A feature of the request.
/// </summary>
/// <param name="text">The ticket. Empty where the address has two of them, or one without a value: that is none.</param>
internal sealed class TicketInAddress(string text)
{
    private const string Name = "ticket";

    /// <summary>The ticket of a request; none: its address has none.</summary>
    public static string? Of(HttpContext context) => context.Features.Get<TicketInAddress>()?.Text;

    private string Text => text;

    /// <summary>Takes the ticket out of a request's address.</summary>
    public static void TakeOut(IFeatureCollection features)
    {
        // Most addresses have no query, and of those that have one, hardly any has a ticket.
        if (features.Get<IHttpRequestFeature>() is not { QueryString.Length: > Length } request || !MayHaveOne(request.QueryString))
        {
            return;
        }

        var found = new List<string>();
        var left = new List<string>();
        foreach (var part in request.QueryString[1..].Split('&'))
        {
            var pairs = new QueryStringEnumerable(part).GetEnumerator();
            if (pairs.MoveNext() && pairs.Current.DecodeName().Span.Equals(Name, StringComparison.OrdinalIgnoreCase))
            {
                found.Add(pairs.Current.DecodeValue().ToString());
            }
            else
            {
                left.Add(part);
            }
        }

        if (found.Count > 0)
        {
            request.QueryString = left.Count == 0 ? "" : $"?{string.Join('&', left)}";
            // As it was sent. Nothing here asks for it, and what comes later may.
            request.RawTarget = $"{request.PathBase}{request.Path}{request.QueryString}";
            features.Set(new TicketInAddress(found is [var one] ? one : ""));
        }
    }

    private const int Length = 6;

    private static bool MayHaveOne(string query) => query.Contains('%') || query.Contains(Name, StringComparison.OrdinalIgnoreCase);
}
