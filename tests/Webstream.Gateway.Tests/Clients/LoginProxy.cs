using System.Text;
using Microsoft.AspNetCore.Http;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Clients;

/// <summary>A gateway that wants a key, behind a proxy that wants a login in <c>Authorization</c>, as nginx does with <c>auth_basic</c>.</summary>
internal sealed class LoginProxy : IAsyncDisposable
{
    private readonly TestGateway gateway;
    private readonly OtherServer server;

    private LoginProxy(TestGateway gateway, OtherServer server) => (this.gateway, this.server) = (gateway, server);

    /// <summary>The proxy's address.</summary>
    public Uri Address => server.Address;

    /// <summary>Starts both.</summary>
    /// <param name="login">User and password, with a colon between them.</param>
    /// <param name="key">The gateway's key.</param>
    public static async Task<LoginProxy> StartAsync(string login, string key)
    {
        var gateway = await TestGateway.StartAsync(("Webstream:Write", "key"), ("Webstream:ApiKey", key));
        var expected = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(login))}";
        var server = await OtherServer.StartAsync("http://127.0.0.1:0", context => PassAsync(context, gateway, expected));
        return new(gateway, server);
    }

    /// <summary>The proxy's address with a login, as it is written in an address.</summary>
    public Uri WithLogin(string login) => new($"http://{login}@{Address.Authority}/");

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        await gateway.DisposeAsync();
    }

    private static async Task PassAsync(HttpContext context, TestGateway gateway, string expected)
    {
        if (context.Request.Headers.Authorization != expected)
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            context.Response.Headers.WWWAuthenticate = "Basic realm=\"site\"";
            context.Response.ContentType = "text/html";
            await context.Response.WriteAsync("<h1>401");
            return;
        }

        using var request = new HttpRequestMessage(new(context.Request.Method), context.Request.Path + context.Request.QueryString);
        if (HttpMethods.IsPost(context.Request.Method))
        {
            request.Content = new StreamContent(context.Request.Body) { Headers = { { "Content-Type", context.Request.ContentType } } };
        }

        foreach (var name in new[] { "X-API-Key", "Idempotency-Key", "Last-Event-ID", "Accept" })
        {
            request.Headers.TryAddWithoutValidation(name, context.Request.Headers[name].ToArray());
        }

        using var answer = await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
        await using var body = await answer.Content.ReadAsStreamAsync(context.RequestAborted);
        var block = new byte[4096];
        while (await body.ReadAsync(block, context.RequestAborted) is > 0 and var read)
        {
            await context.Response.Body.WriteAsync(block.AsMemory(0, read), context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
        }
    }
}
