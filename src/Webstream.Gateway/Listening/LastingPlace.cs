using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Listening;

/// <summary>A listener keeps its connection's place for long. On a place of the reserve it is sent away, and comes back later.</summary>
internal sealed class LastingPlace : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (context.HttpContext.Features.Get<ConnectionPlace>() is { } place && !place.TryKeep())
        {
            await SendingAway.AnswerAsync(context.HttpContext);
            return Results.Empty;
        }

        return await next(context);
    }
}
