using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Webstream.Mcp.Http;
using Webstream.Protocol;

namespace Webstream.Mcp.Tests.Http;

/// <summary>The answers that a gateway, or a proxy before it, can give. Other tests cover the answers of a real gateway.</summary>
public sealed class HttpWebstreamTests : IAsyncLifetime
{
    private const string Success = """
        {"status":"success","message":"hello","timestamp":"2025-11-11T12:34:56.789012+00:00","clients":3,"id":"a-7","stream":"main","gateways":2,"duplicate":true,"settled":false}
        """;

    private readonly ConcurrentQueue<(string Path, string? Key, string? Login, string? Idempotency, string Type, string Body)> requests = new();
    private readonly HttpClient http = HttpClients.ForThisMachine();
    private WebApplication? server;
    private Func<HttpContext, Task> answer = _ => Task.CompletedTask;
    private int recoveries;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static PushRequest Hello => new(StreamName.Main, [new() { Message = "hello" }], "k");

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        server = builder.Build();
        server.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            requests.Enqueue((
                context.Request.Path + context.Request.QueryString.Value,
                context.Request.Headers["X-API-Key"].FirstOrDefault(),
                context.Request.Headers.Authorization.FirstOrDefault(),
                context.Request.Headers["Idempotency-Key"].FirstOrDefault(),
                context.Request.ContentType ?? "",
                await reader.ReadToEndAsync()));
            await answer(context);
        });
        await server.StartAsync(Stop);
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await server!.DisposeAsync();
    }

    [Fact]
    public async Task Push_OfOne_IsReadWhole()
    {
        Answers(200, Success);

        var receipt = await Webstream("secret").PushAsync(Hello, Stop);

        receipt.FirstId.ShouldBe(new EventId(10, 7));
        receipt.LastId.ShouldBe(receipt.FirstId);
        (receipt.Clients, receipt.Gateways, receipt.Duplicate, receipt.Settled).ShouldBe((3, 2, true, false));
        receipt.Timestamp.ShouldBe(new DateTimeOffset(2025, 11, 11, 12, 34, 56, 789, 12, TimeSpan.Zero));
        var request = requests.ShouldHaveSingleItem();
        request.ShouldBe(("/base/api/push", "secret", null, "k", "application/json", "{\"message\":\"hello\",\"stream\":\"main\"}\n"));
    }

    [Fact]
    public async Task Push_OfSeveral_IsABatch()
    {
        Answers(200, """{"status":"success","accepted":2,"firstId":"a-7","lastId":"a-8","stream":"main","timestamp":"2025-11-11T12:34:56.789012+00:00","clients":1,"gateways":1,"duplicate":false}""");

        var receipt = await Webstream().PushAsync(Hello with { Items = [new() { Message = "1" }, new() { Message = "2" }] }, Stop);

        receipt.LastId.ShouldBe(new EventId(10, 8));
        receipt.Settled.ShouldBeTrue();
        requests.ShouldHaveSingleItem().Type.ShouldBe("application/x-ndjson");
    }

    [Fact]
    public async Task Read_NamesAllThatWasAsked()
    {
        Answers(200, """{"stream":"a:b","messages":[],"next":"a-7","head":"a-7","resume":{"status":"gap","from":"a-1","to":"a-7","replayed":0,"missed":6}}""");

        var page = await Webstream().ReadAsync(new(StreamName.Parse("a:b"), new EventId(10, 1), 5, TimeSpan.FromSeconds(1.5), new EventId(10, 2)), Stop);

        page.Resume!.Missed.ShouldBe(6);
        requests.ShouldHaveSingleItem().Path.ShouldBe("/base/api/streams/a:b/messages?limit=5&wait=1.5&after=a-1&inReplyTo=a-2");
    }

    [Fact]
    public async Task List_NamesAllThatWasAskedAndTakesTheNextPage()
    {
        Answers(200, """{"streams":[{"name":"a:b","head":"a-7","oldest":1,"clients":2,"gateways":1,"retained":7}],"next":"a:b"}""");

        var list = await Webstream().ListAsync(new("a:", StreamName.Parse("a:a"), 5), Stop);

        list.Streams.ShouldHaveSingleItem().Clients.ShouldBe(2);
        list.Next.ShouldBe(StreamName.Parse("a:b"));
        requests.ShouldHaveSingleItem().Path.ShouldBe("/base/api/streams?limit=5&prefix=a%3A&after=a%3Aa");
    }

    [Fact]
    public async Task List_OfAGatewayOfBefore_IsNarrowedHere()
    {
        Answers(200, """{"streams":[{"name":"a","head":"a-7","oldest":1,"clients":0,"gateways":0,"retained":7},{"name":"b","head":"a-7","oldest":1,"clients":0,"gateways":0,"retained":7}]}""");

        var list = await Webstream().ListAsync(new("b"), Stop);

        (list.Streams.ShouldHaveSingleItem().Name.Value, list.Next).ShouldBe(("b", null));
    }

    [Theory]
    [InlineData(400, WebstreamError.Invalid)]
    [InlineData(413, WebstreamError.TooLarge)]
    [InlineData(415, WebstreamError.Invalid)]
    [InlineData(422, WebstreamError.KeyReused)]
    [InlineData(429, WebstreamError.Unavailable)]
    [InlineData(503, WebstreamError.Unavailable)]
    [InlineData(504, WebstreamError.Unknown)]
    public async Task Refusal_OfAGateway_IsToldInItsWords(int status, WebstreamError error)
    {
        Answers(status, """{"title":"t","error":"Do this instead.","idempotencyKey":"its-key"}""", ("Retry-After", "7"));

        var failure = await Should.ThrowAsync<WebstreamException>(Webstream().PushAsync(Hello, Stop));

        failure.Error.ShouldBe(error);
        failure.Message.ShouldBe("Do this instead.");
        failure.IdempotencyKey.ShouldBe(error == WebstreamError.Unknown ? "its-key" : null);
        failure.RetryAfter.ShouldBe(status is 429 or >= 500 ? TimeSpan.FromSeconds(7) : null);
        requests.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(401, null, "set WEBSTREAM_API_KEY in this server's environment")]
    [InlineData(401, "secret", "does not accept the key in WEBSTREAM_API_KEY")]
    [InlineData(403, null, "WEBSTREAM_API_KEY")]
    public async Task Refusal_ForAKey_NamesTheSetting(int status, string? key, string words)
    {
        Answers(status, """{"error":"No."}""");

        var failure = await Should.ThrowAsync<WebstreamException>(Webstream(key).PushAsync(Hello, Stop));

        failure.Message.ShouldContain(words);
        failure.Message.ShouldNotContain("secret");
    }

    [Fact]
    public async Task Login_OfAProxy_IsSentBesideTheKey()
    {
        Answers(200, Success);

        await Webstream("secret", new("Basic", "YW5uOnB3")).PushAsync(Hello, Stop);

        var request = requests.ShouldHaveSingleItem();
        (request.Key, request.Login).ShouldBe(("secret", "Basic YW5uOnB3"));
    }

    [Theory]
    [InlineData(401, "<html>", "text/html", "Basic realm=\"site\"", false, "write its user and password into WEBSTREAM_URL: http://user:password@")]
    [InlineData(401, "<html>", "text/html", "Basic realm=\"site\"", true, "does not accept the user and password in WEBSTREAM_URL")]
    [InlineData(401, "<html>", "text/html", null, false, "asks for a login of its own (401)")]
    [InlineData(401, """{"error":"unauthorized"}""", "application/json", null, false, "asks for a login of its own (401)")]
    [InlineData(401, """{"error":"unauthorized"}""", "application/problem+json", "Bearer realm=\"sso\"", false, "a login (Bearer)")]
    [InlineData(401, "", "text/plain", "Negotiate, Digest realm=\"a\", nonce=\"b\"", true, "a login (Negotiate")]
    [InlineData(403, "<html>", "text/html", null, false, "A proxy before the gateway")]
    [InlineData(407, "<html>", "text/html", null, false, "HTTPS_PROXY")]
    public async Task Refusal_OfAProxy_IsToldApartFromTheGateways(int status, string body, string type, string? challenge, bool hasLogin, string words)
    {
        Answers(status, body, [("Content-Type", type), .. challenge is null ? [] : new[] { ("WWW-Authenticate", challenge) }]);

        var failure = await Should.ThrowAsync<WebstreamException>(
            Webstream("secret", hasLogin ? new("Basic", "YW5uOnB3") : null).PushAsync(Hello, Stop));

        failure.Message.ShouldContain(words);
        failure.Message.ShouldNotContain("accept the key");
        failure.Message.ShouldNotContain("YW5uOnB3");
        requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Redirect_IsNotFollowed()
    {
        Answers(307, "", ("Location", "http://127.0.0.1:1/api/push"));

        var failure = await Should.ThrowAsync<WebstreamException>(Webstream("secret").PushAsync(Hello, Stop));

        failure.Message.ShouldContain("WEBSTREAM_URL");
        requests.ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData(200, "<html>hello</html>")]
    [InlineData(200, "null")]
    [InlineData(200, "{}")]
    [InlineData(404, "<html>not here</html>")]
    public async Task Answer_OfAnotherProgram_IsCalledThat(int status, string body)
    {
        Answers(status, body);

        var failure = await Should.ThrowAsync<WebstreamException>(Webstream().DescribeAsync(StreamName.Main, Stop));

        failure.Error.ShouldBe(WebstreamError.Unavailable);
        failure.Message.ShouldContain("Webstream gateway");
    }

    [Fact]
    public async Task Connection_ThatBreaks_IsTriedOnceMoreWithTheSameKey()
    {
        answer = context =>
        {
            if (requests.Count == 1)
            {
                context.Abort();
                return Task.CompletedTask;
            }

            return WriteAsync(context, 200, Success);
        };

        var receipt = await Webstream().PushAsync(Hello with { IdempotencyKey = null }, Stop);

        // The server's own first attempt may have gone in. To the pusher that is no duplicate.
        receipt.Duplicate.ShouldBeFalse();
        recoveries.ShouldBe(1);
        requests.Count.ShouldBe(2);
        requests.Select(request => request.Idempotency).Distinct().ShouldHaveSingleItem().ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Connection_ThatBreaksAgain_LeavesThePushUnknownWithItsKey()
    {
        answer = context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };

        var failure = await Should.ThrowAsync<WebstreamException>(Webstream().PushAsync(Hello, Stop));

        failure.Error.ShouldBe(WebstreamError.Unknown);
        failure.IdempotencyKey.ShouldBe("k");
        requests.Count.ShouldBe(2);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Balancer_ThatLostItsGateway_IsAskedOnceMore(int status)
    {
        answer = context => requests.Count == 1 ? WriteAsync(context, status, "<html>bad gateway</html>") : WriteAsync(context, 200, Success);

        await Webstream().PushAsync(Hello, Stop);

        requests.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Cancellation_IsTheCallers()
    {
        using var cancelled = new CancellationTokenSource();
        answer = async context =>
        {
            await cancelled.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };

        await Should.ThrowAsync<OperationCanceledException>(Webstream().PushAsync(Hello, cancelled.Token));
        recoveries.ShouldBe(0);
    }

    private static async Task WriteAsync(HttpContext context, int status, string body, params (string Name, string Value)[] headers)
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        await context.Response.WriteAsync(body);
    }

    private void Answers(int status, string body, params (string Name, string Value)[] headers) =>
        answer = context => WriteAsync(context, status, body, headers);

    private HttpWebstream Webstream(string? key = null, AuthenticationHeaderValue? login = null) => new(http, new Uri($"{server!.Urls.First()}/base/"), () => key, Recover, login);

    private Task Recover(CancellationToken cancellationToken)
    {
        recoveries++;
        return Task.CompletedTask;
    }
}
