using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Peers;

namespace Webstream.Grains.Tests.Peers;

public sealed class InboundPeersTests : IAsyncDisposable
{
    private static readonly byte[] Preamble = [3, 0, 0, 0, 7, 8, 9];

    private readonly FakeTimeProvider time = new();
    private readonly FakeLogCollector log = new();
    private readonly ServiceCollection services = new();
    private readonly List<DefaultConnectionContext> through = [];
    private ServiceProvider? provider;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Plain_WhereASecretIsRequired_IsRefusedWithALine()
    {
        var (connection, pipes) = Connect();
        var run = Port(new(new("0123456789abcdef0123456789abcdef"), null, ProtectionStage.Require)).RunAsync(connection);
        await pipes.Peer.Output.WriteAsync(Preamble, Token);
        await run;
        through.ShouldBeEmpty();
        var line = log.GetSnapshot().ShouldHaveSingleItem();
        line.Level.ShouldBe(LogLevel.Warning);
        line.Message.ShouldContain("it proves nothing, and this cluster requires the cluster's secret (Webstream__Cluster__Secret)");
    }

    [Theory]
    [InlineData(nameof(ProtectionStage.Use))]
    [InlineData(nameof(ProtectionStage.Accept))]
    public async Task Plain_WhileTheClusterChangesOver_GetsThroughWithAllOfItsBytes(string stage)
    {
        var (connection, pipes) = Connect();
        var run = Port(new(ClusterSecret.OfThisProcess(), null, Enum.Parse<ProtectionStage>(stage))).RunAsync(connection);
        await pipes.Peer.Output.WriteAsync(Preamble.AsMemory(0, 5), Token);
        run.IsCompleted.ShouldBeFalse("the preamble is not there yet");
        await pipes.Peer.Output.WriteAsync(Preamble.AsMemory(5), Token);
        await run;
        through.ShouldHaveSingleItem();
        (await Frames.ReadAsync(pipes.Silo.Input, Preamble.Length, Token)).ShouldBe(Preamble);
    }

    [Theory]
    [InlineData("")]
    [InlineData("16")]
    [InlineData("57534331010203")]
    [InlineData("03000000aabb")]
    public async Task SilenceAfterTheseBytes_EndsTheConnectionWhenItsTimeIsOver(string bytes)
    {
        var (connection, pipes) = Connect();
        var run = Port(new(ClusterSecret.OfThisProcess(), null, ProtectionStage.Use)).RunAsync(connection);
        await pipes.Peer.Output.WriteAsync(Convert.FromHexString(bytes), Token);
        time.Advance(InboundPeers.Patience - TimeSpan.FromMilliseconds(1));
        run.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await run;
        through.ShouldBeEmpty();
        log.LatestRecord.Message.ShouldContain("had not shown within 10 s");
    }

    [Fact]
    public async Task ManySilentConnections_TheOldestGivesWayToTheNewest()
    {
        var port = Port(new(ClusterSecret.OfThisProcess(), null, ProtectionStage.Require));
        var connections = Enumerable.Range(0, UnprovenConnections.Max + 1).Select(_ => Connect().Connection).ToArray();
        var runs = Array.ConvertAll(connections, port.RunAsync);
        await runs[0];
        runs.Skip(1).ShouldAllBe(run => !run.IsCompleted);
        log.LatestRecord.Message.ShouldContain($"more than {UnprovenConnections.Max} connections");
        time.Advance(InboundPeers.Patience);
        await Task.WhenAll(runs);
    }

    [Fact]
    public async Task TheSameFaultOften_IsALineNowAndThen()
    {
        var port = Port(new(ClusterSecret.OfThisProcess(), null, ProtectionStage.Require));
        async Task KnockAsync()
        {
            var (connection, pipes) = Connect();
            await pipes.Peer.Output.WriteAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray(), Token);
            await port.RunAsync(connection);
        }

        for (var i = 0; i < 100; i++)
        {
            await KnockAsync();
        }

        log.Count.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(10));
        await KnockAsync();
        log.Count.ShouldBe(2);
        log.LatestRecord.Message.ShouldEndWith("(99 more of this kind since the last such line)");
    }

    [Fact]
    public async Task AConnectionThatOnlyOpensAndCloses_IsNoWarning()
    {
        var (connection, pipes) = Connect();
        await pipes.Peer.Output.CompleteAsync();
        await Port(new(ClusterSecret.OfThisProcess(), null, ProtectionStage.Require)).RunAsync(connection);
        log.GetSnapshot().ShouldAllBe(line => line.Level == LogLevel.Debug);
    }

    public async ValueTask DisposeAsync()
    {
        if (provider is not null)
        {
            await provider.DisposeAsync();
        }
    }

    private InboundPeers Port(ClusterProtection protection)
    {
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(log)));
        provider = services.AddSingleton<TimeProvider>(time).AddSingleton(protection).AddSingleton<PeerLog>().BuildServiceProvider();
        return new(provider, PortKind.Silo, connection =>
        {
            through.Add((DefaultConnectionContext)connection);
            return Task.CompletedTask;
        });
    }

    private static (DefaultConnectionContext Connection, PipePair Pipes) Connect()
    {
        var pipes = new PipePair();
        var connection = new DefaultConnectionContext("1", pipes.Silo, pipes.Peer);
        // As the socket does.
        connection.ConnectionClosed.Register(pipes.Silo.Input.CancelPendingRead);
        return (connection, pipes);
    }
}
