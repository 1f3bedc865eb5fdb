using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>
/// A relay to a gateway that ends each connection after some bytes of the answer, chosen by a seed. Half of the cuts are anywhere. The other half are
/// in or right after the line of an id, because those are few bytes among many.
/// </summary>
internal sealed class CuttingRelay : IAsyncDisposable
{
    private const string EndOfHead = "\r\n\r\n";
    private const int LongestField = 6;

    // The length of two messages of a few kilobytes.
    private const int Farthest = 8 * 1024;

    // A few bytes more than an id's line and the bytes after it have.
    private const int IdBytes = 24;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource ending = new();
    private readonly Lock gate = new();
    private readonly Uri target;
    private readonly Random random;
    private readonly bool sparesEnds;
    private readonly Task accepting;

    /// <param name="target">The gateway.</param>
    /// <param name="seed">The seed that decides the cuts.</param>
    /// <param name="sparesEnds">Whether no cut falls between the end of an id's line and the empty line.</param>
    public CuttingRelay(Uri target, int seed, bool sparesEnds)
    {
        (this.target, random, this.sparesEnds) = (target, new(seed), sparesEnds);
        listener.Start();
        Address = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        accepting = AcceptAsync();
    }

    /// <summary>The address, which stays the same.</summary>
    public Uri Address { get; }

    /// <summary>How many cuts are still to come. After the last one all bytes pass.</summary>
    public int CutsLeft { get; set; }

    /// <summary>How many cuts were within a message's text.</summary>
    public int CutsInText { get; private set; }

    /// <summary>How many cuts were within the line of an id or right after it.</summary>
    public int CutsAtIds { get; private set; }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        listener.Dispose();
        await accepting;
        ending.Dispose();
    }

    private async Task AcceptAsync()
    {
        var connections = new List<Task>();
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await listener.AcceptSocketAsync(ending.Token)));
            }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, target.Port, ending.Token);
                await Task.WhenAny(PassOnAsync(client, server), AnswerAsync(server, client));
            }
            catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One of the two sides has gone.
            }
        }
    }

    private async Task PassOnAsync(Socket from, Socket to)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, ending.Token) is > 0 and var count)
        {
            await to.SendAsync(buffer.AsMemory(0, count), ending.Token);
        }
    }

    // Bytes from before a cut arrive, like the last packet before a network goes away: the connection is ended, not reset.
    private async Task AnswerAsync(Socket server, Socket client)
    {
        var buffer = new byte[16 * 1024];
        var place = new Place();
        var (cutAfter, intoId) = Draw();
        while (await server.ReceiveAsync(buffer, ending.Token) is > 0 and var count)
        {
            for (var i = 0; i < count; i++)
            {
                if (--cutAfter < 0 && (intoId < 0 || (place.IsAtId && --intoId < 0)) && !(sparesEnds && place.IsAfterId) && TakeCut(place))
                {
                    await client.SendAsync(buffer.AsMemory(0, i), ending.Token);
                    client.Shutdown(SocketShutdown.Both);
                    return;
                }

                place.Pass(buffer[i]);
            }

            await client.SendAsync(buffer.AsMemory(0, count), ending.Token);
        }
    }

    private (int CutAfter, int IntoId) Draw()
    {
        lock (gate)
        {
            return (random.Next(Farthest), random.Next(2) == 0 ? -1 : random.Next(IdBytes));
        }
    }

    private bool TakeCut(Place place)
    {
        lock (gate)
        {
            if (CutsLeft == 0)
            {
                return false;
            }

            CutsLeft--;
            CutsInText += place.IsInText ? 1 : 0;
            CutsAtIds += place.IsAtId ? 1 : 0;
            return true;
        }
    }

    /// <summary>The place in the event stream at which the next byte of a chunked answer would be.</summary>
    private sealed class Place
    {
        private readonly ChunkedBody chunks = new();
        private readonly ArrayBufferWriter<byte> body = new();
        private readonly StringBuilder lineStart = new();
        private int endOfHead;

        /// <summary>Whether it is within a line of text, or before the line end that follows it.</summary>
        public bool IsInText { get; private set; }

        /// <summary>Whether it is within the line of an id, or <see cref="IsAfterId"/>.</summary>
        public bool IsAtId { get; private set; }

        /// <summary>Whether it is between the end of an id's line and the next line, counting any bytes of the chunked encoding there.</summary>
        public bool IsAfterId { get; private set; }

        public void Pass(byte next)
        {
            if (endOfHead < EndOfHead.Length)
            {
                endOfHead = next == EndOfHead[endOfHead] ? endOfHead + 1 : next == EndOfHead[0] ? 1 : 0;
                return;
            }

            body.ResetWrittenCount();
            chunks.Feed([next], body);
            if (body.WrittenCount > 0)
            {
                PassInBody((char)next);
            }
        }

        private void PassInBody(char next)
        {
            var isEnd = next == '\n';
            IsAfterId = isEnd && IsAtId && !IsAfterId;
            _ = isEnd ? lineStart.Clear() : lineStart.Length < LongestField ? lineStart.Append(next) : lineStart;
            var start = lineStart.ToString();
            IsInText = start == "data: ";
            IsAtId = IsAfterId || start.StartsWith("id: ", StringComparison.Ordinal);
        }
    }
}
