using System.Net;
using System.Net.Sockets;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>A way to a port of a silo that can stop forwarding: connections stay open, and what is sent on them goes nowhere until it is opened again.</summary>
internal sealed class BlackHole : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly int target;
    private readonly Task accepting;
    private TaskCompletionSource open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public BlackHole(int target)
    {
        this.target = target;
        open.SetResult();
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => listener.LocalEndpoint.ToString()!;

    public void Close() => open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => open.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Open();
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
                _ = ServeAsync(await listener.AcceptTcpClientAsync(stopping.Token));
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var server = new TcpClient();
        using (client)
        {
            try
            {
                await open.Task;
                await server.ConnectAsync(IPAddress.Loopback, target, stopping.Token);
                await await Task.WhenAny(CopyAsync(client.GetStream(), server.GetStream()), CopyAsync(server.GetStream(), client.GetStream()));
            }
            catch (Exception end) when (end is SocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // One side has gone; the other hears of it now.
            }
        }
    }

    private async Task CopyAsync(NetworkStream from, NetworkStream to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReadAsync(buffer, stopping.Token) is > 0 and var count)
        {
            await open.Task;
            await to.WriteAsync(buffer.AsMemory(0, count), stopping.Token);
        }
    }
}
