using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Errors;

namespace Webstream.Gateway.Access;

/// <summary>Passes only the requests of callers that may write.</summary>
internal sealed class WriteFilter(AccessRules rules) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        if (rules.RefuseWrite(http) is not { } refusal)
        {
            return next(context);
        }

        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        }

        return new(Problems.Refused(refusal.Status, refusal.Error));
    }
}

/// <summary>Keeps pages of other origins out of the reading API.</summary>
internal sealed class ReadFilter(AccessRules rules) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        rules.IsForeignPage(context.HttpContext)
            ? new(Problems.Refused(StatusCodes.Status403Forbidden, AccessRules.ForeignReading))
            : next(context);
}
