using Webstream.Gateway.Errors;

namespace Webstream.Gateway.Limits;

/// <summary>How requests to an endpoint count. Metadata of endpoints; of several the last one counts. Without it they do not.</summary>
/// <param name="AsRequest">For <see cref="LimitsOptions.RequestsPerSecond"/>.</param>
/// <param name="AsPush">For <see cref="PushPaceOptions.PerSecond"/>.</param>
internal sealed record CountedRequest(bool AsRequest, bool AsPush);

/// <summary>Refuses the requests of callers that send too many, before anything is read of them.</summary>
internal sealed class RequestLimits(RequestDelegate next, CallerLimits limits)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<CountedRequest>() is { } counted
        && context.User is ILimitedCaller caller
        && limits.TakeRequest(caller, counted) is { } refusal
            ? Problems.From(refusal).ExecuteAsync(context)
            : next(context);
}

/// <summary>Says how the requests to endpoints count.</summary>
internal static class RequestLimitConventions
{
    /// <summary>Requests to this endpoint count as requests.</summary>
    public static TBuilder CountsRequests<TBuilder>(this TBuilder endpoint, bool alsoAsPush = false)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new CountedRequest(AsRequest: true, AsPush: alsoAsPush));

    /// <summary>Requests to this endpoint are pushes, which count by what they hold.</summary>
    public static TBuilder CountsPushes<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new CountedRequest(AsRequest: false, AsPush: true));
}
