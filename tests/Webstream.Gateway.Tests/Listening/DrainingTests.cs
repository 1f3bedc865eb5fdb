using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Listening;

public sealed partial class DrainingTests
{
    [Fact]
    public async Task Listeners_WhenTheGatewayStops_AreToldWhenToComeBackAndEnd()
    {
        var gateway = await TestGateway.StartAsync();
        var listeners = new List<RawListener>();
        for (var i = 0; i < 20; i++)
        {
            listeners.Add(await RawListener.ConnectAsync(gateway, keepsText: true));
        }

        await gateway.PushManyAsync(1, "main");
        foreach (var listener in listeners)
        {
            await listener.NextAsync();
        }

        var stopping = gateway.DisposeAsync();

        var times = new HashSet<int>();
        foreach (var listener in listeners)
        {
            (await listener.NextAsync()).ShouldBeNull();
            var farewell = Farewell().Match(listener.Text);
            farewell.Success.ShouldBeTrue(listener.Text);
            times.Add(int.Parse(farewell.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
            listener.Dispose();
        }

        await stopping;
        times.ShouldAllBe(time => time >= 1000 && time <= 15_000);
        // The times are spread, so that the listeners do not all come to another gateway at once.
        times.Count.ShouldBeGreaterThan(10);
    }

    [Fact]
    public async Task Listener_OnAConnectionThatWasThereWhenTheGatewayBeganToStop_IsCutWithoutAnAnswer()
    {
        await using var gateway = await TestGateway.StartAsync();
        using var connection = await RawConnection.ConnectAsync(gateway.Address);
        await connection.SendAsync($"GET /health/live HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");
        var before = await connection.UntilAsync("Healthy\r\n0\r\n\r\n");

        // As at SIGTERM, before the web server has closed its idle connections.
        gateway.Service<IHostApplicationLifetime>().StopApplication();
        await connection.SendAsync($"GET /stream HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n");

        (await connection.RestAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task Listener_NotYetCountedWhenTheGatewayStops_IsToldWhenToComeBack()
    {
        var (gate, answers) = (new GrainCallGate(), new TaskCompletionSource());
        var gateway = await TestGateway.StartAsync(
            "http://127.0.0.1:0", builder => builder.Services.AddSingleton<IOutgoingGrainCallFilter>(gate));
        gate.Before = method => method == nameof(IStreamGrain.Report) ? answers.Task : Task.CompletedTask;
        using var listener = await RawListener.OpenAsync(gateway, "/stream/early", keepsText: true);

        var stopping = gateway.DisposeAsync();

        (await listener.NextAsync()).ShouldBeNull();
        listener.Text.ShouldMatch(@"\Aretry: 2000\nevent: cut\n\n(: waiting for the cluster\n)?retry: \d+\n\n\z");
        answers.SetResult();
        await stopping;
    }

    [GeneratedRegex(@"\] 1\nid: \S+-1\n\nretry: (\d+)\n\n$")]
    private static partial Regex Farewell();
}
