using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Grains.Tests.Hosting;

/// <summary>A relay to a Redis. It can cut a connection at the worst moment: after Redis carried out a command, before the answer arrived.</summary>
internal sealed class RedisRelay : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly RedisServer target;
    private readonly Lock gate = new();
    private readonly List<Socket> open = [];
    private readonly Task accepting;
    private string? marker;
    private TaskCompletionSource? cut;

    public RedisRelay(RedisServer target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";

    /// <summary>Cuts the connection that carries a command with this text, when the answer comes. Completes when it has cut.</summary>
    public Task CutBeforeAnswerTo(string text)
    {
        lock (gate)
        {
            (marker, cut) = (text, new(TaskCreationOptions.RunContinuationsAsynchronously));
            return cut.Task;
        }
    }

    public async ValueTask DisposeAsync()
    {
        listener.Dispose();
        lock (gate)
        {
            open.ForEach(socket => socket.Dispose());
        }

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
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (client)
        {
            lock (gate)
            {
                open.AddRange([client, server]);
            }

            var way = new Way();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, target.Port);
                await await Task.WhenAny(CopyAsync(client, server, way, Asked), CopyAsync(server, client, way, Answered));
            }
            catch (Exception end) when (end is SocketException or ObjectDisposedException)
            {
                // One of the two sides has gone.
            }
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, Way way, Func<Way, ReadOnlyMemory<byte>, bool> passes)
    {
        var buffer = new byte[256 * 1024];
        while (await from.ReceiveAsync(buffer) is > 0 and var count && passes(way, buffer.AsMemory(0, count)))
        {
            await to.SendAsync(buffer.AsMemory(0, count));
        }
    }

    private bool Asked(Way way, ReadOnlyMemory<byte> bytes)
    {
        lock (gate)
        {
            way.Marked |= marker is not null && bytes.Span.IndexOf(Encoding.ASCII.GetBytes(marker)) >= 0;
        }

        return true;
    }

    private bool Answered(Way way, ReadOnlyMemory<byte> bytes)
    {
        lock (gate)
        {
            if (!way.Marked || marker is null)
            {
                return true;
            }

            marker = null;
            cut!.SetResult();
            return false;
        }
    }

    private sealed class Way
    {
        public bool Marked { get; set; }
    }
}
