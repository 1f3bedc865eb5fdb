using Microsoft.AspNetCore.Connections.Features;

namespace Webstream.Gateway.Connections;

/// <summary>Connects requests with the places of their connections.</summary>
internal static class ConnectionRequests
{
    /// <summary>A connection with a request under way is not idle; one of the reserve is closed after it. Runs before everything else.</summary>
    public static async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<ConnectionPlace>() is not { } place)
        {
            await next(context);
            return;
        }

        place.RequestBegan();
        if (place.IsReserve)
        {
            context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }

        try
        {
            await next(context);
        }
        finally
        {
            place.RequestEnded();
        }
    }
}
