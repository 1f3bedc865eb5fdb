using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Tests.Connections;
using Webstream.Gateway.Transport;

namespace Webstream.Gateway.Tests.Transport;

/// <summary>A connection of our transport over the loopback. The test plays the web server and the client.</summary>
internal sealed class ConnectionRig : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private ConnectionRig(PlacesRig places, Socket client, Socket accepted, ConnectionPlace place, TransportLimits limits)
    {
        (Places, Client, Accepted, Place) = (places, client, accepted, place);
        Connection = new(accepted, place, MemoryPool<byte>.Shared, limits, places.Time);
        Connection.Start();
    }

    public PlacesRig Places { get; }

    public Socket Client { get; }

    public Socket Accepted { get; }

    public ConnectionPlace Place { get; }

    public HandOverConnection Connection { get; }

    public PipeReader Input => ((IDuplexPipe)Connection).Input;

    public PipeWriter Output => ((IDuplexPipe)Connection).Output;

    public static async Task<ConnectionRig> ConnectAsync(PlacesRig places, long readAhead = 64 * 1024)
    {
        using var listening = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 32 * 1024, SendBufferSize = 8192 };
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192, SendBufferSize = 8192 };
        await client.ConnectAsync(listening.LocalEndPoint!);
        var place = (await places.EnterAsync()).ShouldNotBeNull();
        return new(places, client, await listening.AcceptAsync(), place, new(readAhead, 64 * 1024, HandOver: true));
    }

    /// <summary>Reads as the web server until this much has come.</summary>
    public async Task<string> ReadAsync(int length)
    {
        var result = await Input.ReadAtLeastAsync(length).AsTask().WaitAsync(Patience);
        var text = Encoding.ASCII.GetString(result.Buffer.ToArray());
        Input.AdvanceTo(result.Buffer.End);
        return text;
    }

    /// <summary>Reads as the client until this much has come.</summary>
    public async Task<string> ReceiveAsync(int length)
    {
        var buffer = new byte[length];
        for (var read = 0; read < length;)
        {
            var count = await Client.ReceiveAsync(buffer.AsMemory(read)).AsTask().WaitAsync(Patience);
            count.ShouldBeGreaterThan(0, "the connection has ended");
            read += count;
        }

        return Encoding.ASCII.GetString(buffer);
    }

    /// <summary>Reads as the client until the connection ends, and tells whether it ended in order.</summary>
    public async Task<bool> EndsInOrderAsync()
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await Client.ReceiveAsync(buffer.AsMemory()).AsTask().WaitAsync(Patience) > 0)
            {
            }

            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>The client sends at most this many bytes, as fast as they are taken.</summary>
    /// <returns>The number of bytes that were taken before no more were.</returns>
    public async Task<long> TalkAsync(long most, Func<bool> isEnough)
    {
        Client.Blocking = false;
        var sent = 0L;
        var bytes = new byte[16 * 1024];
        await Until.TrueAsync(() =>
        {
            while (sent < most && Client.Send(bytes, SocketFlags.None, out _) is > 0 and var count)
            {
                sent += count;
            }

            return sent >= most || isEnough();
        });
        return sent;
    }

    public void Dispose()
    {
        Client.Dispose();
        Accepted.Dispose();
    }
}

/// <summary>The owner that takes a socket over.</summary>
internal sealed class OwnerDouble : ISocketOwner
{
    private readonly TaskCompletionSource<Socket> taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int closed;

    public Task<Socket> Taken => taken.Task.WaitAsync(TimeSpan.FromSeconds(30));

    public IDisposable? Place { get; private set; }

    public int Closed => Volatile.Read(ref closed);

    public void Take(Socket taken, IDisposable place)
    {
        Place = place;
        this.taken.SetResult(taken);
    }

    public void RemoteClosed() => Interlocked.Increment(ref closed);
}
