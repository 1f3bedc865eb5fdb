using System.Net;
using System.Net.Sockets;
using System.Text;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Tests.FanOut;

/// <summary>A listener over a real connection on the loopback, and the client's end of it.</summary>
internal sealed class SocketRig : IListenerConnection, IDisposable
{
    public const string FarewellText = "retry: 1000\n\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource<ListenerEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SocketRig(FanOutRig rig, Socket client)
    {
        Client = client;
        rig.Group.Reserve();
        Listener = new(rig.Group, rig.Log.EndCursor, this);
    }

    public Socket Client { get; }

    public SocketListener Listener { get; }

    public Task<ListenerEnd> Ended => ended.Task.WaitAsync(Patience);

    public bool HasBegun { get; private set; }

    /// <summary>A listener at the end of the log. The kernel takes some tens of kilobytes before it stalls.</summary>
    public static async Task<SocketRig> FollowAsync(FanOutRig rig)
    {
        using var listening = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 8192, NoDelay = true };
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192 };
        await client.ConnectAsync(listening.LocalEndPoint!);
        var follower = new SocketRig(rig, client);
        follower.Listener.Take(await listening.AcceptAsync());
        await rig.TurnAsync();
        return follower;
    }

    /// <summary>Reads until the body holds so many bytes.</summary>
    public async Task<string> ReadAsync(long count)
    {
        var wire = new MemoryStream();
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var body = Unchunk(wire.ToArray(), out _);
            if (body.Length >= count)
            {
                return Encoding.UTF8.GetString(body);
            }

            var read = await Client.ReceiveAsync(buffer).WaitAsync(Patience);
            read.ShouldBeGreaterThan(0, $"the connection ended after {body.Length} bytes");
            wire.Write(buffer, 0, read);
        }
    }

    /// <summary>Reads to the end of the connection.</summary>
    /// <returns>The body, and whether its last chunk came.</returns>
    public async Task<(string Body, bool IsWhole)> ReadToEndAsync()
    {
        var wire = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await Client.ReceiveAsync(buffer).WaitAsync(Patience)) > 0;)
        {
            wire.Write(buffer, 0, read);
        }

        var body = Unchunk(wire.ToArray(), out var isWhole);
        return (Encoding.UTF8.GetString(body), isWhole);
    }

    void IListenerConnection.Began(Listener listener) => HasBegun = true;

    ReadOnlySpan<byte> IListenerConnection.Farewell()
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        Chunk.Write(bytes, Encoding.ASCII.GetBytes(FarewellText));
        System.Buffers.BuffersExtensions.Write(bytes, Chunk.Last);
        return bytes.WrittenSpan;
    }

    void IListenerConnection.Ended(ListenerEnd reason) => ended.SetResult(reason);

    public void Dispose() => Client.Dispose();

    // Written for these tests, so that what is sent is not read by the code that wrote it.
    private static byte[] Unchunk(ReadOnlySpan<byte> wire, out bool isWhole)
    {
        var body = new List<byte>();
        isWhole = false;
        while (wire.IndexOf("\r\n"u8) is var end and > 0)
        {
            var length = Convert.ToInt32(Encoding.ASCII.GetString(wire[..end]), 16);
            wire = wire[(end + 2)..];
            isWhole = length == 0;
            if (isWhole)
            {
                break;
            }

            body.AddRange(wire[..Math.Min(length, wire.Length)]);
            wire = wire[Math.Min(length + 2, wire.Length)..];
        }

        return [.. body];
    }
}
