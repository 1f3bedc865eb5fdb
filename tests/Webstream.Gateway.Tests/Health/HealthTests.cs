using System.Diagnostics.Metrics;
using Microsoft.Extensions.Diagnostics.Metrics.Testing;
using Microsoft.Extensions.Hosting;
using Webstream.Gateway.Health;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Health;

public sealed class HealthTests
{
    [Fact]
    public async Task Health_OfARunningAndThenDrainingGateway_IsLiveAndThenNotReady()
    {
        await using var gateway = await TestGateway.StartAsync();
        (await StatusAsync("/health/live")).ShouldBe((200, "Healthy"));
        (await StatusAsync("/health/ready")).ShouldBe((200, "Healthy"));

        // As at SIGTERM: the process is told to end while its connections are still open.
        gateway.Service<IHostApplicationLifetime>().StopApplication();

        (await StatusAsync("/health/live")).ShouldBe((200, "Healthy"));
        (await StatusAsync("/health/ready")).ShouldBe((503, "Unhealthy"));

        async Task<(int, string)> StatusAsync(string path)
        {
            using var answer = await gateway.SendAsync(HttpMethod.Get, path);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    [Theory]
    [InlineData("GET", 200)]
    [InlineData("HEAD", 200)]
    [InlineData("POST", 405)]
    [InlineData("DELETE", 405)]
    public async Task Metrics_AreOnlyRead(string method, int status)
    {
        await using var gateway = await TestGateway.StartAsync();

        using var answer = await gateway.SendAsync(new(method), "/metrics");

        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Theory]
    [InlineData(null, null, 200, "Healthy", 200, "Healthy", 0, 0)]
    [InlineData("pushes are refused: full", null, 200, "Degraded: pushes are refused: full", 503, "Unhealthy: pushes are refused: full", 1, 0)]
    [InlineData(null, "history is not trimmed: why", 200, "Degraded: history is not trimmed: why", 200, "Degraded: history is not trimmed: why", 0, 1)]
    [InlineData("a", "b", 200, "Degraded: a. b", 503, "Unhealthy: a", 1, 1)]
    public async Task Health_OfALogThatDoesNotDoAll_IsReadyAndNamesWhatIsWrong(
        string? refusal, string? trouble, int ready, string readyText, int write, string writeText, int refusing, int impaired)
    {
        var logs = new AilingLogs(new(refusal, trouble));
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:0", logs.PutBefore);

        (await AnswerAsync(gateway, "/health/ready")).ShouldBe((ready, readyText));
        (await AnswerAsync(gateway, "/health/write")).ShouldBe((write, writeText));
        // Reading the metrics asks for the health; the next reading shows the answer.
        await Until.EqualAsync(
            () => Task.FromResult((Shown(gateway, "webstream.log.refusing"), Shown(gateway, "webstream.log.impaired"))), (refusing, impaired));
    }

    [Fact]
    public async Task Health_OfALogThatDoesNotAnswer_IsNeitherReadyNorWritable()
    {
        var logs = new AilingLogs(null);
        await using var gateway = await TestGateway.StartAsync("http://127.0.0.1:0", logs.PutBefore);

        (await AnswerAsync(gateway, "/health/ready")).ShouldBe((503, "Unhealthy"));
        (await AnswerAsync(gateway, "/health/write")).ShouldBe((503, "Unhealthy: The cluster or its log does not answer."));
    }

    // The gauge of this gateway alone: /metrics shows those of all gateways of a process.
    private static int? Shown(TestGateway gateway, string instrument)
    {
        using var collector = new MetricCollector<int>(gateway.Service<IMeterFactory>(), GatewayMetrics.MeterName, instrument);
        collector.RecordObservableInstruments();
        return collector.LastMeasurement?.Value;
    }

    private static async Task<(int Status, string Text)> AnswerAsync(TestGateway gateway, string path)
    {
        using var answer = await gateway.SendAsync(HttpMethod.Get, path);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
