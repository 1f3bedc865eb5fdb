using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.FanOut;

/// <summary>A listener over a real connection on the loopback, and the client's end of it.</summary>
internal sealed class SocketRig : IListenerRegistration, IDisposable
{
    public const string FarewellText = "retry: 1000\n\n";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly byte[] buffer = new byte[16 * 1024];
    private readonly ChunkedBody chunks = new();
    private readonly ArrayBufferWriter<byte> body = new();
    private readonly TaskCompletionSource<ListenerEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private SocketRig(FanOutRig rig, Socket client)
    {
        Client = client;
        rig.Group.Reserve();
        Listener = new(rig.Group, rig.Buffer.EndCursor, this);
    }

    public Socket Client { get; }

    public SocketListener Listener { get; }

    public Task<ListenerEnd> Ended => ended.Task.WaitAsync(Patience);

    public bool HasBegun { get; private set; }

    public PlaceDouble Place { get; } = new();

    /// <summary>A listener at the end of the frame buffer. The kernel takes some tens of kilobytes before it stalls.</summary>
    public static async Task<SocketRig> FollowAsync(FanOutRig rig)
    {
        using var listening = new Socket(SocketType.Stream, ProtocolType.Tcp) { SendBufferSize = 8192, NoDelay = true };
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 8192 };
        await client.ConnectAsync(listening.LocalEndPoint!);
        var follower = new SocketRig(rig, client);
        follower.Listener.Take(await listening.AcceptAsync(), follower.Place);
        await rig.TurnAsync();
        return follower;
    }

    /// <summary>Reads until the body holds this number of whole frames.</summary>
    public async Task<string> ReadAsync(int frames)
    {
        var seen = 0;
        var read = 0;
        while (seen < frames)
        {
            (await ReceiveAsync()).ShouldBeTrue($"the connection ended after {seen} frames");
            for (int end; (end = body.WrittenSpan[read..].IndexOf("\n\n"u8)) >= 0; seen++)
            {
                read += end + 2;
            }
        }

        return TakeBody();
    }

    /// <summary>Reads to the end of the connection.</summary>
    /// <returns>The body, and whether its last chunk came.</returns>
    public async Task<(string Body, bool IsWhole)> ReadToEndAsync()
    {
        while (await ReceiveAsync())
        {
        }

        return (TakeBody(), chunks.IsComplete);
    }

    /// <summary>The listener's place among the connections.</summary>
    public sealed class PlaceDouble : IDisposable
    {
        public bool IsGivenBack { get; private set; }

        public void Dispose() => IsGivenBack = true;
    }

    void IListenerRegistration.Began(Listener listener) => HasBegun = true;

    ReadOnlySpan<byte> IListenerRegistration.Farewell(ListenerEnd reason)
    {
        var bytes = new ArrayBufferWriter<byte>();
        Chunk.Write(bytes, Encoding.ASCII.GetBytes(FarewellText));
        bytes.Write(Chunk.Last);
        return bytes.WrittenSpan;
    }

    void IListenerRegistration.Ended(ListenerEnd reason) => ended.SetResult(reason);

    public void Dispose() => Client.Dispose();

    private async Task<bool> ReceiveAsync()
    {
        var count = await Client.ReceiveAsync(buffer).WaitAsync(Patience);
        chunks.Feed(buffer.AsSpan(0, count), body);
        return count > 0;
    }

    private string TakeBody()
    {
        var text = Encoding.UTF8.GetString(body.WrittenSpan);
        body.ResetWrittenCount();
        return text;
    }
}
