using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using Webstream.Gateway.Errors;

namespace Webstream.Gateway.Pushing;

/// <summary>How often one caller may push, if <c>Webstream__Push__PerSecond</c> says so.</summary>
internal sealed class PushRateLimit(IOptions<PushOptions> options) : IConfigureOptions<RateLimiterOptions>
{
    /// <summary>The policy's name.</summary>
    public const string Policy = "push";

    public void Configure(RateLimiterOptions limiter)
    {
        var perSecond = options.Value.PerSecond;
        limiter.AddPolicy(Policy, context => perSecond == 0
            ? RateLimitPartition.GetNoLimiter("")
            : RateLimitPartition.GetTokenBucketLimiter(CallerOf(context), _ => new()
            {
                TokenLimit = perSecond,
                TokensPerPeriod = perSecond,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            }));
        limiter.OnRejected = async (rejected, _) =>
        {
            rejected.HttpContext.Response.Headers.RetryAfter = "1";
            await Problems.Refused(
                StatusCodes.Status429TooManyRequests,
                string.Create(CultureInfo.InvariantCulture, $"One caller may push {perSecond} times a second here. Push less often, or several messages in one batch."))
                .ExecuteAsync(rejected.HttpContext);
        };
    }

    // Callers that share a key count as one. Behind one address there may be many callers, so a key is the better measure.
    private static string CallerOf(HttpContext context) =>
        context.User.Identity is { IsAuthenticated: true } identity
            ? $"key {identity.Name}"
            : context.Connection.RemoteIpAddress?.ToString() ?? "";
}
