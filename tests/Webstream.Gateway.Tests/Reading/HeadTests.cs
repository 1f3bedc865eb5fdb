using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Webstream.Gateway.Access;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Reading;

/// <summary><c>HEAD</c> is the answer to <c>GET</c> without its body. At the event stream it is the head alone, and nobody listens.</summary>
public sealed class HeadTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    private readonly TestGateway gateway = fixture.Gateway;
    private readonly string stream = TestStream.New();

    [Theory]
    [InlineData("/api/info", "application/json; charset=utf-8")]
    [InlineData("/api/streams", "application/json; charset=utf-8")]
    [InlineData("/api/streams/STREAM", "application/json; charset=utf-8")]
    [InlineData("/api/streams/STREAM/messages", "application/json; charset=utf-8")]
    [InlineData("/openapi/v1.json", "application/json; charset=utf-8")]
    [InlineData("/stream", "text/event-stream; charset=utf-8")]
    [InlineData("/stream/STREAM", "text/event-stream; charset=utf-8")]
    public async Task Head_WhereGetIs_IsAnsweredWithoutABody(string path, string contentType)
    {
        using var answer = await gateway.SendAsync(HttpMethod.Head, path.Replace("STREAM", stream, StringComparison.Ordinal));

        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.ToString().ShouldBe(contentType);
        (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await gateway.GetAsync($"/api/streams/{stream}")).GetProperty("clients").GetInt32().ShouldBe(0);
    }

    [Fact]
    public async Task Head_AtEveryEndpointThatTakesGet_IsAnswered()
    {
        var paths = gateway.Service<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is not { } methods || methods.HttpMethods.Contains("GET"))
            // Who has no key is refused there; the matrix of rights has them.
            .Where(endpoint => endpoint.Metadata.GetMetadata<AccessRequirement>()?.Action != AccessAction.Admin)
            .Select(endpoint => $"/{endpoint.RoutePattern.RawText!.Trim('/').Replace("{name}", stream, StringComparison.Ordinal).Replace("{documentName}", "v1", StringComparison.Ordinal)}")
            .ToList();
        paths.ShouldContain("/api/assistant");
        paths.ShouldContain("/metrics");

        foreach (var path in paths)
        {
            using var answer = await gateway.SendAsync(HttpMethod.Head, path);
            answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, path);
        }
    }

    [Theory]
    [InlineData("/stream/no%20name", 400)]
    [InlineData("/api/streams/no%20name", 400)]
    [InlineData("/api/push", 405)]
    public async Task Head_ThatGetWouldRefuse_IsRefused(string path, int status)
    {
        using var answer = await gateway.SendAsync(HttpMethod.Head, path);

        ((int)answer.StatusCode).ShouldBe(status);
    }
}
