using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Tests.Connections;
using Webstream.Gateway.Transport;

namespace Webstream.Gateway.Tests.Transport;

/// <summary>What the reader of a socket tells the web server, and after it the socket's owner.</summary>
public sealed class SocketReaderTests : IDisposable
{
    private readonly PlacesRig places = new();
    private readonly Pipe input = new();
    private readonly CancellationTokenSource closed = new();
    private readonly OwnerDouble owner = new();
    private Socket client = null!;
    private Socket accepted = null!;
    private ConnectionPlace place = null!;
    private SocketReader reader = null!;
    private Task running = Task.CompletedTask;

    [Fact]
    public async Task Reader_OfAClientThatEndsInOrder_GivesTheWebServerEverythingAndThenTheEnd()
    {
        await StartAsync();
        await client.SendAsync("GET /"u8.ToArray());
        (await ReadAsync(5)).ShouldBe("GET /");
        await client.SendAsync("stream"u8.ToArray());
        (await ReadAsync(6)).ShouldBe("stream");
        (running.IsCompleted, closed.IsCancellationRequested).ShouldBe((false, false));

        client.Shutdown(SocketShutdown.Send);

        await running;
        (await input.Reader.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted.ShouldBeTrue();
        closed.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Reader_OfAClientThatBreaksOff_TellsTheWebServerSoInItsOwnWords()
    {
        await StartAsync();

        client.Close(timeout: 0);

        await running;
        (await FailureAsync()).ShouldBeOfType<ConnectionResetException>();
        closed.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Reader_OfASocketThatIsCutHere_DoesNotTakeItForTheClientsEnd()
    {
        await StartAsync();

        reader.Cut();
        accepted.Shutdown(SocketShutdown.Both);

        await running;
        (await FailureAsync()).ShouldBeOfType<ConnectionAbortedException>();
        closed.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Reader_OfASocketThatIsClosedHere_TellsTheWebServerThatItWasCut()
    {
        await StartAsync();

        accepted.Dispose();

        await running;
        (await FailureAsync()).ShouldBeOfType<ConnectionAbortedException>();
        closed.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Reader_WhoseClientSaysSomething_TellsThePlace()
    {
        await StartAsync();
        place.HasHeard.ShouldBeFalse();

        await client.SendAsync("x"u8.ToArray());
        await ReadAsync(1);

        place.HasHeard.ShouldBeTrue();
    }

    [Fact]
    public async Task Reader_OfAWebServerThatReadsNoMore_StillSeesTheClientsEnd()
    {
        await StartAsync();
        await input.Reader.CompleteAsync();
        await client.SendAsync(new byte[10_000]);
        await Until.TrueAsync(() => accepted.Available == 0);
        closed.IsCancellationRequested.ShouldBeFalse();

        client.Shutdown(SocketShutdown.Send);

        await running;
        closed.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    public async Task Reader_AfterItsSocketWasPassedOn_TellsOnlyTheOwnerOfTheEnd()
    {
        await StartAsync();

        reader.PassOn(owner);
        (await owner.Taken).ShouldBeSameAs(accepted);
        owner.Place.ShouldBeSameAs(place);
        await client.SendAsync("more"u8.ToArray());
        await Until.TrueAsync(() => accepted.Available == 0);
        owner.Closed.ShouldBe(0);
        client.Shutdown(SocketShutdown.Send);

        await running;
        owner.Closed.ShouldBe(1);
        closed.IsCancellationRequested.ShouldBeFalse();
        // What came at the moment of the hand-over may still have gone to the web server, which is not there any more.
        input.Reader.TryRead(out var read).ShouldBe(read.Buffer.Length > 0);
        read.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Reader_ThatHasEndedBeforeItsSocketWasPassedOn_TellsTheOwnerOnce()
    {
        await StartAsync();
        client.Shutdown(SocketShutdown.Send);
        await running;

        reader.PassOn(owner);

        await owner.Taken;
        owner.Closed.ShouldBe(1);
    }

    [Fact]
    public async Task Reader_OfAClientThatTalksToAnEventStream_EndsAfterAMegabyte()
    {
        await StartAsync();
        reader.PassOn(owner);
        var sent = 0L;
        client.Blocking = false;

        await Until.TrueAsync(() =>
        {
            while (!running.IsCompleted && client.Send(new byte[4096], SocketFlags.None, out _) is > 0 and var count)
            {
                sent += count;
            }

            return running.IsCompleted;
        });

        sent.ShouldBeGreaterThan(1024 * 1024);
        owner.Closed.ShouldBe(1);
    }

    public void Dispose()
    {
        client.Dispose();
        accepted.Dispose();
        place.Dispose();
        closed.Dispose();
        places.Dispose();
    }

    private async Task StartAsync()
    {
        using var listening = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        client = new(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listening.LocalEndPoint!);
        accepted = await listening.AcceptAsync();
        place = (await places.EnterAsync()).ShouldNotBeNull();
        reader = new(accepted, input.Writer, closed, place, places.Time);
        running = reader.RunAsync();
    }

    private async Task<Exception?> FailureAsync()
    {
        try
        {
            await input.Reader.ReadAsync(TestContext.Current.CancellationToken);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
    }

    private async Task<string> ReadAsync(int length)
    {
        var read = await input.Reader.ReadAtLeastAsync(length, TestContext.Current.CancellationToken);
        var text = Encoding.ASCII.GetString(read.Buffer.ToArray());
        input.Reader.AdvanceTo(read.Buffer.End);
        return text;
    }
}
