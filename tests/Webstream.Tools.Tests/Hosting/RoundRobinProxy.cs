using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Webstream.Tools.Tests.Hosting;

/// <summary>The simplest kind of load balancer: each request goes to the next gateway.</summary>
internal sealed class RoundRobinProxy : IAsyncDisposable
{
    private static readonly string[] Answered = ["Transfer-Encoding", "Connection", "Keep-Alive"];

    private readonly HttpMessageInvoker client = new(new SocketsHttpHandler { UseProxy = false });
    private readonly WebApplication app;
    private readonly Uri[] gateways;
    private readonly int[] requests;
    private uint next;

    private RoundRobinProxy(Uri[] gateways)
    {
        this.gateways = gateways;
        requests = new int[gateways.Length];
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        app = builder.Build();
        app.Run(ForwardAsync);
    }

    public Uri Address => new(app.Urls.First());

    /// <summary>How many requests each gateway got.</summary>
    public IReadOnlyList<int> Requests => requests;

    public static async Task<RoundRobinProxy> StartAsync(params Uri[] gateways)
    {
        var proxy = new RoundRobinProxy(gateways);
        await proxy.app.StartAsync();
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        client.Dispose();
    }

    private async Task ForwardAsync(HttpContext context)
    {
        var index = (int)(Interlocked.Increment(ref next) % gateways.Length);
        Interlocked.Increment(ref requests[index]);
        using var request = new HttpRequestMessage(new(context.Request.Method), new Uri(gateways[index], context.Request.Path + context.Request.QueryString));
        if (context.Request.ContentLength is not 0)
        {
            request.Content = new StreamContent(context.Request.Body);
        }

        foreach (var (name, value) in context.Request.Headers.Where(header => header.Key is not "Host"))
        {
            if (!request.Headers.TryAddWithoutValidation(name, value.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, value.AsEnumerable());
            }
        }

        using var answer = await client.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, value) in answer.Headers.Concat(answer.Content.Headers).Where(header => !Answered.Contains(header.Key)))
        {
            context.Response.Headers[name] = value.ToArray();
        }

        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
