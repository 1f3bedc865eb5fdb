using Webstream.Mcp.Tests.Harness;

namespace Webstream.Mcp.Tests.Gateways;

/// <summary><c>WEBSTREAM_URL</c>: a gateway that a person named.</summary>
public sealed class ConfiguredGatewayTests : IAsyncLifetime
{
    private readonly Machine machine = new();
    private readonly int port = FreePort.Take();
    private ChildProcess? gateway;

    public async ValueTask InitializeAsync()
    {
        gateway = ChildProcess.Start(
            [Programs.CarriedGateway, "--urls", $"http://127.0.0.1:{port}"],
            [.. machine.Environment.Select(variable => (variable.Key, variable.Value)), ("Webstream__Write", "key"), ("WEBSTREAM_API_KEY", "the-key-for-the-tests")]);
        await machine.InfoAsync(port);
    }

    public async ValueTask DisposeAsync()
    {
        await machine.DisposeAsync();
        if (gateway is not null)
        {
            await gateway.DisposeAsync();
        }
    }

    [Fact]
    public async Task Push_WithTheKey_GoesThere_AndNothingIsStarted()
    {
        await using var client = await Assistant.StartAsync(machine, environment: [("WEBSTREAM_URL", $"http://127.0.0.1:{port}"), ("WEBSTREAM_API_KEY", "the-key-for-the-tests")]);

        var answer = await client.PushAsync("hello", ("port", 9000), ("host", "127.0.0.1"));

        answer.IsError.ShouldNotBe(true, answer.Text());
        answer.Text().ShouldContain("changed nothing");
        answer.Text().ShouldContain($"http://127.0.0.1:{port}/");
        machine.GatewayProcesses().ShouldBe([gateway!.Id]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("another-key")]
    public async Task Push_WithoutTheKey_SaysWhatAPersonMustSet(string key)
    {
        await using var client = await Assistant.StartAsync(machine, environment: [("WEBSTREAM_URL", $"http://127.0.0.1:{port}/"), ("WEBSTREAM_API_KEY", key)]);

        var answer = await client.PushAsync("hello");

        answer.IsError.ShouldBe(true);
        answer.Text().ShouldContain("WEBSTREAM_API_KEY");
    }

    [Fact]
    public async Task Push_ToNobody_IsAnErrorAndStartsNothing()
    {
        var nobody = FreePort.Take();
        await using var client = await Assistant.StartAsync(machine, environment: ("WEBSTREAM_URL", $"http://127.0.0.1:{nobody}"));

        var answer = await client.PushAsync("hello");

        answer.IsError.ShouldBe(true);
        answer.Text().ShouldContain("cannot be reached; nothing was pushed");
        machine.GatewayProcesses().ShouldBe([gateway!.Id]);
    }

    [Fact]
    public async Task Gateway_OnTheUsualPortThatIsSomebodyElses_IsNotSentTheKey()
    {
        // Here the key is the gateway's own. Without the key the push is refused, which shows that the server sent none.
        await using var client = await Assistant.StartAsync(machine, environment: [("WEBSTREAM_PORT", $"{port}"), ("WEBSTREAM_API_KEY", "the-key-for-the-tests")]);

        var answer = await client.PushAsync("hello");

        answer.IsError.ShouldBe(true);
        answer.Text().ShouldContain("WEBSTREAM_URL");
    }
}
