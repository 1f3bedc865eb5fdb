using Webstream.Protocol;

namespace Webstream.Gateway.Errors;

/// <summary>Turns an error that a caller can mend, or after which it can try again, into its answer.</summary>
internal sealed class WebstreamExceptionFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (WebstreamException failure)
        {
            return Problems.From(failure);
        }
    }
}
