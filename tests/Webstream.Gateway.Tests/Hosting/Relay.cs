using System.Net;
using System.Net.Sockets;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>
/// A relay to a gateway that can be cut and restored at one address. While it is cut, it keeps the port and resets every new connection. If it gave
/// the port back, another test could get it.
/// </summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly Lock gate = new();
    private readonly List<Socket> open = [];
    private readonly Uri target;
    private readonly Task accepting;
    private bool cut;

    public Relay(Uri target)
    {
        this.target = target;
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        accepting = AcceptAsync();
    }

    /// <summary>The address, which stays the same.</summary>
    public Uri Address { get; }

    /// <summary>Resets every connection, and all new ones.</summary>
    public void Cut()
    {
        lock (gate)
        {
            cut = true;
            open.ForEach(Reset);
            open.Clear();
        }
    }

    /// <summary>Lets connections through again.</summary>
    public void Restore()
    {
        lock (gate)
        {
            cut = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        listener.Dispose();
        await accepting;
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            Socket client;
            try
            {
                client = await listener.AcceptSocketAsync();
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        lock (gate)
        {
            open.AddRange([client, server]);
            if (cut)
            {
                Reset(client);
                Reset(server);
                return;
            }
        }

        try
        {
            await server.ConnectAsync(IPAddress.Loopback, target.Port);
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The relay was cut while it connected.
        }

        Reset(client);
        Reset(server);
    }

    private static async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                await to.SendAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // One of the two sides has gone, or the relay was cut.
        }
    }

    private static void Reset(Socket socket)
    {
        // Without lingering the close is a reset: bytes that are under way are lost, as when a machine fails.
        if (!socket.SafeHandle.IsClosed)
        {
            socket.LingerState = new(enable: true, seconds: 0);
        }

        socket.Dispose();
    }
}
