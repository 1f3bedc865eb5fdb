using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Webstream.Protocol;

namespace Webstream.Gateway.Errors;

/// <summary>
/// Errors as <c>application/problem+json</c> (RFC 9457), with the original's <c>error</c> member besides.
/// </summary>
internal static class Problems
{
    /// <summary>How long a client is asked to wait when the cluster cannot take a push.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(2);

    public static IResult Refused(int status, string text) => Problem(status, text);

    public static IResult Unavailable(string text) => Later(StatusCodes.Status503ServiceUnavailable, text, RetryAfter);

    /// <summary>The answer for a request that may be sent again after a while.</summary>
    public static IResult Later(int status, string text, TimeSpan after) => new WithRetryAfter(Problem(status, text), after);

    /// <summary>The answer for a request that was not carried out.</summary>
    public static IResult From(WebstreamException failure)
    {
        var status = failure.Error switch
        {
            WebstreamError.Invalid => StatusCodes.Status400BadRequest,
            WebstreamError.KeyNeeded => StatusCodes.Status401Unauthorized,
            WebstreamError.Denied => StatusCodes.Status403Forbidden,
            WebstreamError.TooSlow => StatusCodes.Status408RequestTimeout,
            WebstreamError.Closed => StatusCodes.Status409Conflict,
            WebstreamError.Moved => StatusCodes.Status409Conflict,
            WebstreamError.Conflict => StatusCodes.Status409Conflict,
            WebstreamError.TooLarge => StatusCodes.Status413PayloadTooLarge,
            WebstreamError.KeyReused => StatusCodes.Status422UnprocessableEntity,
            WebstreamError.TooMuch => StatusCodes.Status429TooManyRequests,
            WebstreamError.Unavailable => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status504GatewayTimeout,
        };
        var problem = Problem(status, failure.Message, failure.IdempotencyKey);
        if (failure.Error == WebstreamError.KeyNeeded)
        {
            return new WithChallenge(problem);
        }

        return status >= 500 || failure.RetryAfter is not null ? new WithRetryAfter(problem, failure.RetryAfter ?? RetryAfter) : problem;
    }

    /// <summary>Gives every error of the framework itself the same form.</summary>
    public static void Customise(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (!problem.Extensions.ContainsKey("error"))
        {
            problem.Extensions["error"] = problem.Detail ?? problem.Title;
        }
    }

    /// <summary>Gives a body to an answer of the framework that has only a status: no endpoint serves the address or the method.</summary>
    public static Task ForStatus(HttpContext context) => Refused(context.Response.StatusCode, context.Response.StatusCode switch
    {
        StatusCodes.Status404NotFound => "There is nothing at this address. GET /openapi/v1.json lists what there is.",
        StatusCodes.Status405MethodNotAllowed => $"This address takes {WithoutHead(context.Response.Headers.Allow)}. GET /openapi/v1.json lists what there is.",
        var status => $"{ReasonPhrases.GetReasonPhrase(status)}. GET /openapi/v1.json lists what there is.",
    }).ExecuteAsync(context);

    /// <summary>The answer when the gateway failed. Details go to the log only: the caller may not be allowed to see them.</summary>
    public static Task ForFailure(HttpContext context)
    {
        // The framework has taken away what the answer had.
        SecurityHeaders.Set(context.Response.Headers);
        return Refused(StatusCodes.Status500InternalServerError, "The gateway failed at this request. Its log says why.").ExecuteAsync(context);
    }

    // HEAD comes with GET. People need not be told.
    private static string WithoutHead(StringValues allow) =>
        string.Join(", ", allow.ToString().Split(',', StringSplitOptions.TrimEntries).Where(method => !HttpMethods.IsHead(method)));

    private static ProblemHttpResult Problem(int status, string text, string? idempotencyKey = null)
    {
        var problem = new ProblemDetails { Status = status, Title = ReasonPhrases.GetReasonPhrase(status), Detail = text };
        problem.Extensions["error"] = text;
        if (idempotencyKey is not null)
        {
            problem.Extensions["idempotencyKey"] = idempotencyKey;
        }

        return TypedResults.Problem(problem);
    }

    private sealed class WithChallenge(IResult inner) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            // One that says more is there already.
            if (httpContext.Response.Headers.WWWAuthenticate.Count == 0)
            {
                httpContext.Response.Headers.WWWAuthenticate = "Bearer";
            }

            return inner.ExecuteAsync(httpContext);
        }
    }

    private sealed class WithRetryAfter(IResult inner, TimeSpan after) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.RetryAfter =
                Math.Max(1, (int)Math.Ceiling(after.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
            return inner.ExecuteAsync(httpContext);
        }
    }
}
