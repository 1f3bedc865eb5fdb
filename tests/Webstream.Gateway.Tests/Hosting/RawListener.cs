using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A listener that is a bare socket: cheap enough for a thousand of them, and a test can cut it wherever it likes.</summary>
internal sealed class RawListener : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] buffer = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> body = new();
    private readonly SseBlocks blocks = new();
    private readonly ChunkedBody chunks = new();
    private readonly StringBuilder? text;
    private bool isCut;

    private RawListener(bool keepsText) => text = keepsText ? new() : null;

    /// <summary>The first event: <c>Connected at</c>.</summary>
    public SseBlock Connected { get; private set; }

    /// <summary>The status line and the headers.</summary>
    public string Head { get; private set; } = "";

    /// <summary>The id with which it would resume.</summary>
    public string? LastId => blocks.LastId;

    /// <summary>The id with which it would resume if it took ids when it reads their lines.</summary>
    public string? LastIdRead => blocks.LastIdRead;

    /// <summary>The messages that have come whole and that <see cref="NextAsync"/> has not returned, without the greeting.</summary>
    public IEnumerable<SseBlock> Received
    {
        get
        {
            while (blocks.TryTake(out var block))
            {
                if (block.Type == "message" && !block.Data.StartsWith("Connected at ", StringComparison.Ordinal))
                {
                    yield return block;
                }
            }
        }
    }

    /// <summary>The whole body so far. Only when the listener was asked to keep the text.</summary>
    public string Text => text?.ToString() ?? throw new InvalidOperationException("It was not asked to keep it.");

    /// <summary>Connects, and has the <c>Connected at</c> event when it returns.</summary>
    public static async Task<RawListener> ConnectAsync(
        TestGateway gateway, string pathAndQuery = "/stream", string? lastEventId = null, int? receiveBuffer = null, bool keepsText = false)
    {
        var listener = await OpenAsync(gateway, pathAndQuery, lastEventId, receiveBuffer, keepsText);
        listener.Connected = (await listener.NextAsync())!.Value;
        listener.Connected.Type.ShouldBe("message");
        return listener;
    }

    /// <summary>Connects, and has the headers when it returns.</summary>
    public static async Task<RawListener> OpenAsync(
        TestGateway gateway, string pathAndQuery = "/stream", string? lastEventId = null, int? receiveBuffer = null, bool keepsText = false)
    {
        var listener = new RawListener(keepsText);
        if (receiveBuffer is { } size)
        {
            listener.socket.ReceiveBufferSize = size;
        }

        using var deadline = new CancellationTokenSource(Patience);
        await listener.socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, gateway.Address.Port), deadline.Token);
        var id = lastEventId is null ? "" : $"Last-Event-ID: {lastEventId}\r\n";
        await listener.socket.SendAsync(
            Encoding.ASCII.GetBytes($"GET {pathAndQuery} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n{id}\r\n"), deadline.Token);
        await listener.ReadHeadAsync(deadline.Token);
        return listener;
    }

    /// <summary>The next event; none when the connection has ended.</summary>
    public async Task<SseBlock?> NextAsync()
    {
        SseBlock block;
        if (blocks.TryTake(out block))
        {
            return block;
        }

        using var deadline = new CancellationTokenSource(Patience);
        while (!blocks.TryTake(out block))
        {
            if (await ReadAsync(buffer.Length, deadline.Token) == 0)
            {
                return null;
            }
        }

        return block;
    }

    /// <summary>Reads the body byte by byte until it is enough. Only for a listener that keeps the text.</summary>
    public async Task ReadTextAsync(Func<string, bool> isEnough)
    {
        using var deadline = new CancellationTokenSource(Patience);
        while (!isEnough(Text))
        {
            (await ReadAsync(1, deadline.Token)).ShouldBeGreaterThan(0, $"the connection ended after {Text}");
        }
    }

    /// <summary>Cuts the connection at once.</summary>
    public void Dispose()
    {
        if (!isCut)
        {
            isCut = true;
            socket.LingerState = new(true, 0);
            socket.Dispose();
        }
    }

    private async Task<int> ReadAsync(int most, CancellationToken cancellationToken)
    {
        if (chunks.IsComplete)
        {
            return 0;
        }

        int read;
        try
        {
            read = await socket.ReceiveAsync(buffer.AsMemory(0, most), cancellationToken);
        }
        catch (SocketException)
        {
            return 0;
        }

        Feed(buffer.AsSpan(0, read));
        return read;
    }

    private async Task ReadHeadAsync(CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            // A test may ask a listener that keeps the text for an exact number of bytes of the body. The others read in blocks, because byte by byte
            // is too slow.
            var read = await socket.ReceiveAsync(buffer.AsMemory(0, text is null ? buffer.Length : 1), cancellationToken);
            read.ShouldBeGreaterThan(0, head.ToString());
            head.Append(Encoding.Latin1.GetString(buffer, 0, read));
        }

        var end = head.ToString().IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        Head = head.ToString(0, end);
        if (Head.StartsWith("HTTP/1.1 200", StringComparison.Ordinal))
        {
            Feed(Encoding.Latin1.GetBytes(head.ToString(end, head.Length - end)));
        }
    }

    private void Feed(ReadOnlySpan<byte> bytes)
    {
        body.ResetWrittenCount();
        chunks.Feed(bytes, body);
        blocks.Feed(body.WrittenSpan);
        text?.Append(Encoding.UTF8.GetString(body.WrittenSpan));
    }
}
