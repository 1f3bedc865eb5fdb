using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Webstream.Gateway.Tests.Access;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Tokens;

/// <summary>A gateway whose authority is away, and what is in its log.</summary>
public sealed class AuthorityAwayTests : IAsyncLifetime
{
    private readonly FakeLoggerProvider log = new();
    private TestIssuer issuer = null!;
    private TestGateway gateway = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:0",
            builder => builder.Services.AddSingleton<ILoggerProvider>(log),
            [
                ("Webstream:Read", "key"), ("Webstream:Write", "key"), ("Webstream:Streams:0:Match", "public"), ("Webstream:Streams:0:Read", "open"),
                ("Webstream:Listeners:Keepalive", "00:00:01"),
                // For this one log everything, also what is left out of the console.
                ("Logging:Microsoft.Extensions.Logging.Testing.FakeLoggerProvider:LogLevel:Default", "Trace"),
                .. issuer.Settings,
            ]);
    }

    public async ValueTask DisposeAsync()
    {
        await gateway.DisposeAsync();
        await issuer.DisposeAsync();
        log.Dispose();
    }

    [Fact]
    public async Task UnknownToken_IsNeitherLetInNorRefusedForGood()
    {
        issuer.IsAway = true;
        var token = issuer.TokenFor("""{"publish":["*"],"subscribe":["*"],"history":["*"]}""");

        using var push = await gateway.PushWithAsync("s", ("Authorization", $"Bearer {token}"));
        (await push.ProblemAsync(503)).ShouldStartWith("It cannot be told now whether the token is right");
        push.Headers.RetryAfter.ShouldNotBeNull();
        await gateway.SendAsync(HttpMethod.Get, "/api/streams/s/messages", ("X-API-Key", token)).ProblemAsync(503);
        // What is open to everybody goes on.
        await gateway.SendAsync(HttpMethod.Get, "/api/streams/public/messages", ("X-API-Key", token)).OkAsync();
        await using var open = await TestListener.ConnectAsync(new(gateway.Address, "/stream/public"));
    }

    [Theory]
    [InlineData(true, "message", "Connected at ")]
    [InlineData(false, "denied", "{\"error\":\"The token does not count here: its signature")]
    public async Task Listener_WithAnUnknownToken_IsHeldUntilItCanBeTold(bool isRight, string type, string data)
    {
        issuer.IsAway = true;
        var token = issuer.TokenFor("""{"subscribe":["*"]}""");
        await using var held = await HeldListener.OpenAsync(gateway, "/stream/s", ("X-API-Key", token));
        if (!isRight)
        {
            issuer.Rotate("first", "second");
        }

        issuer.IsAway = false;

        var block = (await held.NextAsync()).ShouldNotBeNull();
        block.Type.ShouldBe(type);
        block.Data.ShouldStartWith(data);
        // No part of a token that could be sent again is in the log, whatever the log has.
        var parts = token.Split('.');
        log.Collector.GetSnapshot().ShouldContain(record => record.Category!.StartsWith("Microsoft.AspNetCore.Authentication", StringComparison.Ordinal));
        log.Collector.GetSnapshot().Select(record => $"{record.Message} {record.Exception} {string.Join(' ', record.StructuredState ?? [])}")
            .ShouldAllBe(text => !text.Contains(parts[1], StringComparison.Ordinal) && !text.Contains(parts[2], StringComparison.Ordinal));
    }
}
