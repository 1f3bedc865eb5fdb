using System.Net;
using System.Net.Sockets;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>
/// A relay to a port of a silo that can stop forwarding. Connections then stay open, and bytes sent on them go nowhere until it is opened again. A
/// lane holds the connections that came since the lane was begun, so that one gateway's connections can be closed without the others'.
/// </summary>
internal sealed class BlackHole : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private Lane newest = new();

    public BlackHole()
    {
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The port on which it accepts connections.</summary>
    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>The port to which it forwards.</summary>
    public int Target { get; } = FreePort.Take();

    /// <summary>From here on new connections belong to another lane.</summary>
    public Lane NewLane() => newest = new();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        newest.Open();
        listener.Dispose();
        await accepting;
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token), newest);
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client, Lane lane)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await lane.IsOpen;
                await server.ConnectAsync(IPAddress.Loopback, Target, stopping.Token);
                await await Task.WhenAny(
                    CopyAsync(client.GetStream(), server.GetStream(), lane), CopyAsync(server.GetStream(), client.GetStream(), lane));
            }
            catch (Exception end) when (end is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // One side has gone, and the other hears of it now.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to, Lane lane)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, stopping.Token) is > 0 and var count)
        {
            await lane.IsOpen;
            await to.WriteAsync(buffer.AsMemory(0, count), stopping.Token);
        }
    }

    /// <summary>Connections that are closed and opened together.</summary>
    internal sealed class Lane
    {
        private TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Lane() => Open();

        public Task IsOpen => open.Task;

        public void Close() => open = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Open() => open.TrySetResult();
    }
}
