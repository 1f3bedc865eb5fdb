namespace Webstream.Gateway.Errors;

/// <summary>Lets <c>HEAD</c> be asked wherever <c>GET</c> is: the same answer without its body. RFC 9110, section 9.3.2.</summary>
internal static class HeadRequests
{
    /// <summary>Adds <c>HEAD</c> to endpoints that take <c>GET</c> alone. The web server leaves the body out.</summary>
    public static TBuilder AlsoHead<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Finally(static endpoint =>
        {
            if (endpoint.Metadata.OfType<IHttpMethodMetadata>().LastOrDefault() is { HttpMethods: [var only] } methods && HttpMethods.IsGet(only))
            {
                endpoint.Metadata.Add(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head], methods.AcceptCorsPreflight));
            }
        });
        return builder;
    }
}
