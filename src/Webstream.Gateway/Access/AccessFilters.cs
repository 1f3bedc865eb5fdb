using Microsoft.Net.Http.Headers;
using Webstream.Gateway.Errors;

namespace Webstream.Gateway.Access;

/// <summary>Passes only the requests of callers that may write.</summary>
internal sealed class WriteFilter(AccessRules rules) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        return rules.RefuseWrite(http) is { } refusal ? new(Answer(http, refusal)) : next(context);
    }

    /// <summary>The answer of a refusal.</summary>
    internal static IResult Answer(HttpContext http, (int Status, string Error) refusal)
    {
        if (refusal.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        }

        return Problems.Refused(refusal.Status, refusal.Error);
    }
}

/// <summary>Passes only the requests of callers that may change a stream: those with a key.</summary>
internal sealed class ChangeFilter(AccessRules rules) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        rules.RefuseChange(context.HttpContext) is { } refusal ? new(WriteFilter.Answer(context.HttpContext, refusal)) : next(context);
}

/// <summary>Keeps pages of other origins out of the reading API.</summary>
internal sealed class ReadFilter(AccessRules rules) : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        rules.IsForeignPage(context.HttpContext)
            ? new(Problems.Refused(StatusCodes.Status403Forbidden, AccessRules.ForeignReading))
            : next(context);
}
