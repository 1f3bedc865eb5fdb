using Microsoft.Extensions.Hosting;
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

        // As at SIGTERM: the process is told to end, and its connections are still open.
        gateway.Service<IHostApplicationLifetime>().StopApplication();

        (await StatusAsync("/health/live")).ShouldBe((200, "Healthy"));
        (await StatusAsync("/health/ready")).ShouldBe((503, "Unhealthy"));

        async Task<(int, string)> StatusAsync(string path)
        {
            using var answer = await gateway.SendAsync(HttpMethod.Get, path);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
    }
}
