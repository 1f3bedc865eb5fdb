using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Health;

/// <summary><c>webstream-gateway health</c>, as a container's health check runs it.</summary>
public sealed class HealthCommandTests
{
    [Fact]
    public async Task Health_OfAReadyGateway_EndsWithZero()
    {
        await using var gateway = await TestGateway.StartAsync();
        var url = new Uri(gateway.Address, "/health/ready");
        await using var run = GatewayRun.Start($"health --url {url}");

        (await run.EndAsync()).ShouldBe(0);
        run.Output.ShouldHaveSingleItem().ShouldBe($"{url}: 200 Healthy");
    }

    [Fact]
    public async Task Health_OfAnEndpointThatRefuses_EndsWithOne()
    {
        await using var gateway = await TestGateway.StartAsync();
        var url = new Uri(gateway.Address, "/health/none");
        await using var run = GatewayRun.Start($"health --url {url}");

        (await run.EndAsync()).ShouldBe(1);
        run.Output[0].ShouldStartWith($"{url}: 404 ");
    }

    [Fact]
    public async Task Health_WhereNothingListens_EndsWithOneAndSaysSo()
    {
        await using var run = GatewayRun.Start("health --url http://127.0.0.1:1/health/ready");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldStartWith("http://127.0.0.1:1/health/ready: ");
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Health_OfWhatIsNoAddress_EndsWithOneAndSaysWhatToWrite()
    {
        await using var run = GatewayRun.Start("health --url nonsense");

        (await run.EndAsync()).ShouldBe(1);
        run.Output.ShouldHaveSingleItem().ShouldBe("'nonsense' is not an address to ask. Write it as http://127.0.0.1:8000/health/ready.");
    }
}
