using System.Net;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Health;

/// <summary>The metrics on a port of their own.</summary>
public sealed class MetricsPortTests
{
    private static readonly HttpClient Client = new();

    [Fact]
    public async Task Metrics_OnAPortOfTheirOwn_AreThereAlone()
    {
        var port = FreePort.Take();
        await using var run = await GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__Metrics__Url", $"http://127.0.0.1:{port}")).UpAsync();
        var (gateway, metrics) = (run.Addresses[0], new Uri($"http://127.0.0.1:{port}"));

        (await GetAsync(metrics, "/metrics")).ShouldBe(HttpStatusCode.OK);
        (await GetAsync(metrics, "/METRICS/")).ShouldBe(HttpStatusCode.OK);
        (await GetAsync(metrics, "/health/live")).ShouldBe(HttpStatusCode.OK);
        foreach (var path in (string[])["/", "/stream", "/api/info", "/api/streams", "/openapi/v1.json", "/mcp"])
        {
            (await GetAsync(metrics, path)).ShouldBe(HttpStatusCode.NotFound, path);
        }

        (await GetAsync(gateway, "/metrics")).ShouldBe(HttpStatusCode.NotFound);
        (await GetAsync(gateway, "/Metrics/")).ShouldBe(HttpStatusCode.NotFound);
        (await GetAsync(gateway, "/health/live")).ShouldBe(HttpStatusCode.OK);
        (await GetAsync(gateway, "/")).ShouldBe(HttpStatusCode.OK);
        // It is no address for people.
        run.Addresses.ShouldHaveSingleItem();
        (await run.LineAsync("  metrics  ")).ShouldBe($"  metrics  http://127.0.0.1:{port}/metrics alone (Webstream__Metrics__Url)");
    }

    [Theory]
    [InlineData("9100")]
    [InlineData("http://127.0.0.1:9100/metrics")]
    [InlineData("http://127.0.0.1:0")]
    [InlineData("http://127.0.0.1:9100;http://127.0.0.1:9101")]
    public async Task Address_ThatIsNone_RefusesTheStart(string url)
    {
        await using var run = GatewayRun.Start("--host 127.0.0.1 --port 0", ("Webstream__Metrics__Url", url));

        (await RefusalAsync(run)).ShouldContain($"Webstream__Metrics__Url has '{url}'. Write one address with a port of its own and without a path");
    }

    [Fact]
    public async Task Address_WithTheGatewaysPort_RefusesTheStart()
    {
        var port = FreePort.Take();
        await using var run = GatewayRun.Start($"--host 127.0.0.1 --port {port}", ("Webstream__Metrics__Url", $"http://127.0.0.1:{port}"));

        (await RefusalAsync(run)).ShouldContain($"Webstream__Metrics__Url has the port {port}, at which everything else is.");
    }

    private static async Task<string> RefusalAsync(GatewayRun run)
    {
        (await run.EndAsync()).ShouldNotBe(0);
        return string.Join('\n', run.Errors);
    }

    private static async Task<HttpStatusCode> GetAsync(Uri at, string path)
    {
        using var answer = await Client.GetAsync(new Uri(at, path), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }
}
