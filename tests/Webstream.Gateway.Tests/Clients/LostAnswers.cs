using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Webstream.Gateway.Tests.Clients;

/// <summary>
/// A gateway that accepts pushes and replaces its first answers by a 503, so that the pusher cannot know what happened.
/// </summary>
internal sealed class LostAnswers(int count) : IStartupFilter
{
    private readonly ConcurrentQueue<string> keys = new();

    /// <summary>The idempotency keys of all pushes, in order.</summary>
    public IReadOnlyCollection<string> Keys => keys;

    public void AddTo(WebApplicationBuilder builder) => builder.Services.AddSingleton<IStartupFilter>(this);

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(async (context, pipeline) =>
        {
            if (context.Request.Path != "/api/push" || context.Request.Headers["Idempotency-Key"] is not [{ } key])
            {
                await pipeline(context);
                return;
            }

            keys.Enqueue(key);
            if (keys.Count > count)
            {
                await pipeline(context);
                return;
            }

            var body = context.Response.Body;
            context.Response.Body = Stream.Null;
            await pipeline(context);
            context.Response.Body = body;
            context.Response.Clear();
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.Headers.RetryAfter = "0";
        });
        next(app);
    };
}
