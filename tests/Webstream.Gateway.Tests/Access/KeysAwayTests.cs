using Microsoft.Extensions.DependencyInjection;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Access;

/// <summary>A gateway where everything needs a key, while the keys cannot be had.</summary>
public sealed class KeysAwayTests : IAsyncLifetime
{
    private readonly KeysDouble keys = new();
    private TestGateway? gateway;

    public async ValueTask InitializeAsync() => gateway = await TestGateway.StartAsync(
        "http://127.0.0.1:0",
        builder => builder.Services.AddSingleton<IKeySource>(keys),
        ("Webstream:Read", "key"), ("Webstream:Write", "key"), ("Webstream:Streams:0:Match", "public"), ("Webstream:Streams:0:Read", "open"),
        ("Webstream:Listeners:Keepalive", "00:00:01"));

    public async ValueTask DisposeAsync() => await (gateway?.DisposeAsync() ?? default);

    [Fact]
    public async Task UnknownKey_IsNeitherLetInNorRefusedForGood()
    {
        var (key, _) = keys.Add(new() { Publish = ["*"], Subscribe = ["*"], History = ["*"] });
        keys.IsAway = true;

        using var push = await gateway!.PushWithAsync("s", ("X-API-Key", key));
        (await push.ProblemAsync(503)).ShouldStartWith("It cannot be told now whether the key is right");
        push.Headers.RetryAfter.ShouldNotBeNull();
        await gateway!.SendAsync(HttpMethod.Get, "/api/streams/s/messages", ("X-API-Key", key)).ProblemAsync(503);
        // What is open to everybody goes on.
        await gateway!.SendAsync(HttpMethod.Get, "/api/streams/public/messages", ("X-API-Key", key)).OkAsync();
    }

    [Theory]
    [InlineData(true, "message")]
    [InlineData(false, "denied")]
    public async Task Listener_WithAnUnknownKey_IsHeldUntilItCanBeTold(bool isRight, string first)
    {
        var (key, id) = keys.Add(new() { Subscribe = ["*"] });
        keys.IsAway = true;
        await using var held = await HeldListener.OpenAsync(gateway!, "/stream/s", ("X-API-Key", key));
        if (!isRight)
        {
            keys.Remove(id);
        }

        keys.IsAway = false;

        var block = (await held.NextAsync()).ShouldNotBeNull();
        block.Type.ShouldBe(first);
        block.Data.ShouldStartWith(isRight ? "Connected at " : "{\"error\":\"The key is wrong");
        if (!isRight)
        {
            (await held.NextAsync()).ShouldBeNull();
        }
    }
}
