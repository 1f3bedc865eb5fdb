using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Rules;
using Webstream.Gateway.Tests.Health;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Rules;

/// <summary>A gateway that has not heard any rules yet, because they cannot be had.</summary>
public sealed class RulesAwayTests : IAsyncLifetime
{
    private static readonly (string, string) Key = ("X-API-Key", "the-shared-key-of-the-tests");

    private readonly RulesDouble rules = new() { IsAway = true };
    private TestGateway? started;

    private TestGateway Gateway => started!;

    public async ValueTask InitializeAsync() => started = await TestGateway.StartAsync(
        "http://127.0.0.1:0",
        builder => builder.Services.AddSingleton<IRuleSource>(rules),
        ("Webstream:ApiKey", Key.Item2), ("Webstream:Listeners:Keepalive", "00:00:01"));

    public async ValueTask DisposeAsync() => await (started?.DisposeAsync() ?? default);

    [Theory]
    [InlineData("GET", "/api/streams")]
    [InlineData("GET", "/api/streams/s")]
    [InlineData("GET", "/api/streams/s/messages")]
    [InlineData("GET", "/api/streams/s/settings")]
    [InlineData("POST", "/api/push?stream=s")]
    [InlineData("POST", "/mcp")]
    public async Task Caller_WithoutAKey_IsToldToComeAgain(string method, string path)
    {
        using var answer = await Gateway.SendAsync(new(method), path);
        (await answer.ProblemAsync(503)).ShouldStartWith("It cannot be told now whether this needs a key");
        answer.Headers.RetryAfter.ShouldNotBeNull();
    }

    [Fact]
    public async Task Caller_WhoseKeyGivesTheRight_GoesOn()
    {
        await Gateway.PostAsync("/api/push?stream=s", "text", "text/plain", Key).OkAsync();
        await Gateway.SendAsync(HttpMethod.Get, "/api/streams/s/messages", Key).OkAsync();
        await Gateway.SendAsync(HttpMethod.Get, "/api/streams", Key).OkAsync();
        await Gateway.SendAsync(HttpMethod.Get, "/api/info").OkAsync();
    }

    [Fact]
    public async Task Metrics_NameNoStreamUntilItCanBeTold()
    {
        using var listening = await Gateway.SendAsync(HttpMethod.Get, "/stream/listened", Key);
        await Gateway.PostAsync("/api/push?stream=listened", "text", "text/plain", Key).OkAsync();
        (await NamedAsync()).ShouldBeEmpty();
        rules.IsAway = false;
        await Until.TrueAsync(async () => (await NamedAsync()).Contains("listened"));
    }

    [Theory]
    [InlineData("", true, "message")]
    [InlineData("", false, "denied")]
    [InlineData("?history=5", true, "message")]
    [InlineData("?history=5", false, "denied")]
    public async Task Listener_IsHeldUntilItCanBeTold(string query, bool isOpen, string first)
    {
        await Gateway.PostAsync("/api/push?stream=s", "secret", "text/plain", Key).OkAsync();
        rules.Set("s", new() { Read = isOpen ? ReadPolicy.Open : ReadPolicy.Key });
        await using var held = await HeldListener.OpenAsync(Gateway, $"/stream/s{query}");
        rules.IsAway = false;

        var block = (await held.NextAsync()).ShouldNotBeNull();
        block.Type.ShouldBe(first);
        block.Data.ShouldStartWith(isOpen ? "Connected at " : "{\"error\":\"Listening to the stream s needs a key here.");
        if (!isOpen)
        {
            (await held.NextAsync()).ShouldBeNull();
        }
    }

    // Whoever reads the metrics asks for the rules.
    private async Task<IEnumerable<string>> NamedAsync()
    {
        using var answer = await Gateway.SendAsync(HttpMethod.Get, "/metrics", Key);
        return StreamGaugesOf.Read(Gateway, "webstream.stream.clients").Keys;
    }
}
