using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Ending;
using Webstream.Gateway.Hosting;
using Webstream.Gateway.Tests.Connections;
using Webstream.Gateway.Transport;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Transport;

public sealed class HandOverAcceptorTests : IAsyncDisposable
{
    private readonly FailingClock clock = new();
    private readonly FakeTimeProvider time = new();
    private readonly Socket listening = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> clients = [];
    private readonly StringWriter errors = new();
    private readonly ProcessEnd end;
    private readonly PlacesRig places;
    private readonly HandOverAcceptor acceptor;
    private int stops;

    public HandOverAcceptorTests()
    {
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        end = new(() => stops++, () => { }, errors, TimeSpan.FromHours(1));
        places = new(time: clock);
        acceptor = new(
            listening, MemoryPool<byte>.Shared, new(0, 0, HandOver: true), places.Places, places.Troubles, new(listening.LocalEndPoint!, end, time), time);
    }

    public static TheoryData<Exception> Failures { get; } =
        [new OutOfMemoryException(), new InvalidOperationException("anything"), new SocketException((int)SocketError.NotConnected)];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Connection_ThatThrows_IsClosedAndTheNextIsAccepted(Exception failure)
    {
        clock.Next = failure;
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        var broken = await ConnectAsync();
        await Until.TrueAsync(() => clock.Next is null);
        await ConnectAsync();

        await Until.TrueAsync(() => accepting.IsCompleted, () => time.Advance(TimeSpan.FromSeconds(1)));

        var connection = (await accepting).ShouldNotBeNull();
        connection.RemoteEndPoint.ShouldBe(clients[1].LocalEndPoint);
        await ShouldBeClosedAsync(broken);
        (places.Places.Open, stops).ShouldBe((1, 0));
        places.Troubles.Failures.ShouldBe(failure is SocketException ? 0 : 1);
    }

    [Fact]
    public async Task Connections_ThatAllThrowForLong_EndTheProcessWithALine()
    {
        clock.Always = new OutOfMemoryException("Nothing left.");
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        for (var i = 0; i <= LastingFailure.Many && !accepting.IsCompleted; i++)
        {
            var before = places.Troubles.Failures;
            await ConnectAsync();
            await Until.TrueAsync(() => accepting.IsCompleted || places.Troubles.Failures > before, () => time.Advance(LastingFailure.Long / 10));
        }

        (await accepting).ShouldBeNull();
        await Until.TrueAsync(() => stops == 1);
        end.ExitCode.ShouldBe(ExitCode.Failed);
        errors.ToString().ShouldMatch(@"^webstream-gateway: Connections to 127\.0\.0\.1:\d+ cannot be accepted any more: Nothing left\. .+\n$");
        // All failures together make one line in the log.
        places.Lines.Length.ShouldBe(1);
    }

    [Fact]
    public async Task Socket_ThatIsGoneAlthoughNobodyClosedTheEndpoint_EndsTheProcess()
    {
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();

        listening.Dispose();

        await Until.TrueAsync(() => accepting.IsCompleted, () => time.Advance(LastingFailure.Long / 10));
        (await accepting).ShouldBeNull();
        end.ExitCode.ShouldBe(ExitCode.Failed);
    }

    [Fact]
    public async Task Endpoint_ThatIsClosed_EndsTheLoopAndNothingElse()
    {
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();

        await acceptor.UnbindAsync(CancellationToken.None);

        (await accepting).ShouldBeNull();
        (end.ExitCode, errors.ToString()).ShouldBe((ExitCode.Ended, ""));
    }

    [Fact]
    public async Task Endpoint_ThatIsClosedWhileOneWaitsForAPlace_EndsTheLoopAndNothingElse()
    {
        (await places.FillAsync()).ForEach(connection => connection.Place.RequestBegan());
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        var client = await ConnectAsync();
        await Until.TrueAsync(() => places.Places.Waiting == 1);

        await acceptor.UnbindAsync(CancellationToken.None);

        (await accepting).ShouldBeNull();
        await ShouldBeClosedAsync(client);
        end.ExitCode.ShouldBe(ExitCode.Ended);
    }

    [Fact]
    public async Task WebServer_ThatDoesNotComeBackForTheNext_EndsTheProcess()
    {
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        await ConnectAsync();
        (await accepting).ShouldNotBeNull();

        time.Advance(AcceptWatch.MaxAway / 2);
        end.ExitCode.ShouldBe(ExitCode.Ended);
        time.Advance(AcceptWatch.MaxAway / 2);

        end.ExitCode.ShouldBe(ExitCode.Failed);
        errors.ToString().ShouldContain("has ceased to accept connections");
    }

    [Fact]
    public async Task WebServer_ThatComesBack_IsWatchedNoMoreWhileItWaits()
    {
        var accepting = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        await ConnectAsync();
        (await accepting).ShouldNotBeNull();
        time.Advance(AcceptWatch.MaxAway / 2);

        _ = acceptor.AcceptAsync(CancellationToken.None).AsTask();
        time.Advance(TimeSpan.FromHours(1));

        end.ExitCode.ShouldBe(ExitCode.Ended);
    }

    public async ValueTask DisposeAsync()
    {
        await acceptor.UnbindAsync(CancellationToken.None);
        clients.ForEach(client => client.Dispose());
        places.Dispose();
        await errors.DisposeAsync();
    }

    private async Task<Socket> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        clients.Add(client);
        await client.ConnectAsync(acceptor.EndPoint);
        return client;
    }

    private static async Task ShouldBeClosedAsync(Socket client)
    {
        try
        {
            (await client.ReceiveAsync(new byte[10]).WaitAsync(TimeSpan.FromSeconds(30))).ShouldBe(0);
        }
        catch (SocketException)
        {
            // A reset is a close as well.
        }
    }

    /// <summary>A clock for the places for connections that fails when a test tells it to.</summary>
    private sealed class FailingClock : TimeProvider
    {
        private Exception? next;

        public Exception? Next
        {
            get => Volatile.Read(ref next);
            set => Volatile.Write(ref next, value);
        }

        public Exception? Always { get; set; }

        public override long GetTimestamp() => (Interlocked.Exchange(ref next, null) ?? Always) is { } failure ? throw failure : base.GetTimestamp();
    }
}
