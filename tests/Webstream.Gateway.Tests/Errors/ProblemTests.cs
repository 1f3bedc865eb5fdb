using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Errors;

public sealed class ProblemTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private const string Secret = "the-database-password";

    private readonly TestGateway gateway = fixture.Gateway;

    [Theory]
    [InlineData("/no/such/path", "*/*")]
    [InlineData("/api/nothing", "application/json")]
    [InlineData("/api", "text/html")]
    [InlineData("/stream/a/b", "text/event-stream")]
    public async Task UnknownAddress_WhateverIsAccepted_IsAProblem(string path, string accept) =>
        (await gateway.SendAsync(HttpMethod.Get, path, ("Accept", accept)).ProblemAsync(404))
            .ShouldBe("There is nothing at this address. GET /openapi/v1.json lists what there is.");

    [Theory]
    [InlineData("GET", "/api/push", "POST")]
    [InlineData("DELETE", "/api/push", "POST")]
    [InlineData("POST", "/stream", "GET")]
    [InlineData("PUT", "/api/streams/main", "DELETE, GET")]
    [InlineData("POST", "/api/info", "GET")]
    public async Task WrongMethod_IsAProblemThatNamesTheRightOne(string method, string path, string allowed)
    {
        using var answer = await gateway.SendAsync(new HttpMethod(method), path);

        (await answer.ProblemAsync(405)).ShouldBe($"This address takes {allowed}. GET /openapi/v1.json lists what there is.");
        string[] methods = allowed.Split(", ");
        answer.Content.Headers.Allow.ShouldBe([.. methods, .. methods.Contains("GET") ? (string[])["HEAD"] : []], ignoreOrder: true);
    }

    [Theory]
    [InlineData("/stream/-bad", "A stream name is 1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.")]
    [InlineData("/stream?stream=", "A stream name is 1 to 100 characters from A-Z a-z 0-9 . _ - : and the first one a letter or digit.")]
    [InlineData("/stream/one?stream=two", "The request names two streams, one and two. Name one.")]
    [InlineData("/stream?history=-1", "history is the number of messages to begin with, for example history=10.")]
    [InlineData("/stream?history=all", "history is the number of messages to begin with, for example history=10.")]
    [InlineData("/stream?format=xml", "format is text or json, or left out.")]
    [InlineData("/stream?events=all", "events is typed, or left out.")]
    public async Task Subscribing_WithABadQuery_IsAProblemAlsoForAnEventSource(string path, string error) =>
        (await gateway.SendAsync(HttpMethod.Get, path, ("Accept", "text/event-stream")).ProblemAsync(400)).ShouldBe(error);

    [Theory]
    [InlineData("Production")]
    [InlineData("Development")]
    public async Task UnexpectedFailure_ShowsNothingOfItself(string environment)
    {
        await using var failing = await TestGateway.StartAsync("http://127.0.0.1:0", builder =>
        {
            builder.Environment.EnvironmentName = environment;
            builder.Services.AddSingleton<IStartupFilter, FailingPath>();
        });

        using var answer = await failing.SendAsync(HttpMethod.Get, FailingPath.Path, ("Accept", "text/html"));
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        answer.StatusCode.ShouldBe(HttpStatusCode.InternalServerError);
        text.ShouldNotContain(Secret);
        text.ShouldNotContain(nameof(InvalidOperationException));
        text.ShouldNotContain("   at ");
        (await answer.ProblemAsync(500)).ShouldBe("The gateway failed at this request. Its log says why.");
    }

    // Added after all of the gateway's own middleware, so that the gateway's failure handling is around it.
    private sealed class FailingPath : IStartupFilter
    {
        public const string Path = "/fails";

        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            next(app);
            app.Map(Path, failing => failing.Run(_ => throw new InvalidOperationException(Secret)));
        };
    }
}
