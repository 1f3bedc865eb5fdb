namespace Webstream.Gateway.Errors;

/// <summary>
/// The headers that keep browsers from making more of an answer than it is. What an endpoint sets itself wins.
/// </summary>
internal static class SecurityHeaders
{
    /// <summary>Sets them for every answer. Before everything else.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use(static (context, next) =>
    {
        Set(context.Response.Headers);
        return next(context);
    });

    /// <summary>Sets them for one answer.</summary>
    public static void Set(IHeaderDictionary headers)
    {
        // A message is never a page or a script, whatever it looks like.
        headers.XContentTypeOptions = "nosniff";
        // Pages of other origins read answers where CORS lets them, and cannot load them as their own images or scripts.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = "no-store";
    }
}
