using Microsoft.OpenApi;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Health;

public sealed class OpenApiTests(GatewayFixture fixture) : IClassFixture<GatewayFixture>
{
    [Fact]
    public async Task Description_OfTheApi_IsValidAndListsEveryEndpoint()
    {
        var json = (await fixture.Gateway.GetAsync("/openapi/v1.json")).GetRawText();

        var (document, diagnostic) = OpenApiDocument.Parse(json, "json");

        diagnostic!.Errors.ShouldBeEmpty();
        document!.Info.Title.ShouldBe("Webstream");
        document.Paths
            .SelectMany(path => path.Value.Operations!.Select(operation => $"{operation.Key} {path.Key}"))
            .ShouldBe(
                [
                    "GET /stream", "GET /stream/{name}", "POST /api/push", "GET /api/streams", "GET /api/streams/{name}",
                    "DELETE /api/streams/{name}", "GET /api/streams/{name}/messages", "GET /api/streams/{name}/settings",
                    "PUT /api/streams/{name}/settings", "POST /api/streams/{name}/close", "GET /api/info", "GET /api/assistant",
                    "GET /api/keys", "POST /api/keys", "DELETE /api/keys/{id}",
                    "POST /api/session", "GET /api/session", "DELETE /api/session", "POST /api/tickets",
                    "POST /api/history/export", "POST /api/history/import", "POST /api/history/renew",
                ],
                ignoreOrder: true);
        document.Paths["/api/streams/{name}/messages"].Operations![HttpMethod.Get].Parameters!.Select(parameter => parameter.Name)
            .ShouldBe(["name", "after", "limit", "wait", "inReplyTo"]);
    }
}
