using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Webstream.Fuzz.Tests.Http;

/// <summary>A connection that is kept as long as the server keeps it. The test writes every byte: HTTP libraries would mend too much.</summary>
internal sealed class HttpConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    private readonly TcpClient client = new() { NoDelay = true };
    private readonly List<byte> received = [];
    private readonly byte[] buffer = new byte[64 * 1024];
    private NetworkStream? stream;

    public static async Task<HttpConnection> OpenAsync(Uri address)
    {
        var connection = new HttpConnection();
        await connection.client.ConnectAsync(address.Host, address.Port);
        connection.stream = connection.client.GetStream();
        return connection;
    }

    /// <summary>Sends a request and reads its answer.</summary>
    /// <returns>None when the server closed the connection without an answer.</returns>
    public async Task<HttpAnswer?> AskAsync(byte[] request)
    {
        try
        {
            await stream!.WriteAsync(request);
        }
        catch (IOException)
        {
            // The server may have answered the beginning already.
        }

        while (true)
        {
            if (await LineAsync() is not { } first)
            {
                return null;
            }

            var head = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await LineAsync() is { Length: > 0 } line)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                head[line[..colon]] = line[(colon + 1)..].Trim();
            }

            first.ShouldStartWith("HTTP/1.1 ");
            var status = int.Parse(first.AsSpan(9, 3), CultureInfo.InvariantCulture);
            if (status >= 200)
            {
                return await BodyAsync(status, head);
            }
        }
    }

    public void Dispose() => client.Dispose();

    private async Task<HttpAnswer> BodyAsync(int status, Dictionary<string, string> head)
    {
        var isLast = head.GetValueOrDefault("Connection", "").Equals("close", StringComparison.OrdinalIgnoreCase);
        var isStream = head.GetValueOrDefault("Content-Type", "").StartsWith("text/event-stream", StringComparison.Ordinal);
        if (head.TryGetValue("Content-Length", out var length))
        {
            return new(status, Encoding.UTF8.GetString(await BytesAsync(int.Parse(length, CultureInfo.InvariantCulture))), isLast);
        }

        return new(status, head.ContainsKey("Transfer-Encoding") ? await ChunksAsync(isEndless: isStream && isLast) : "", isLast);
    }

    // Of a listener's stream, which does not end, the body up to its first event.
    private async Task<string> ChunksAsync(bool isEndless)
    {
        var chunks = new ChunkedBody();
        var body = new ArrayBufferWriter<byte>();
        while (!chunks.IsComplete && !(isEndless && body.WrittenSpan.IndexOf("data: "u8) >= 0))
        {
            if (received.Count == 0)
            {
                (await ReadAsync()).ShouldBeTrue("The answer was broken off.");
            }

            received.RemoveRange(0, chunks.Feed(CollectionsMarshal.AsSpan(received), body));
        }

        return Encoding.UTF8.GetString(body.WrittenSpan);
    }

    private async Task<string?> LineAsync()
    {
        int end;
        while ((end = received.IndexOf((byte)'\n')) < 0)
        {
            if (!await ReadAsync())
            {
                return null;
            }
        }

        var line = Encoding.Latin1.GetString([.. received.Take(end)]).TrimEnd('\r');
        received.RemoveRange(0, end + 1);
        return line;
    }

    private async Task<byte[]> BytesAsync(int count)
    {
        while (received.Count < count)
        {
            (await ReadAsync()).ShouldBeTrue("The answer was broken off.");
        }

        byte[] bytes = [.. received.Take(count)];
        received.RemoveRange(0, count);
        return bytes;
    }

    private async Task<bool> ReadAsync()
    {
        try
        {
            var read = await stream!.ReadAsync(buffer).AsTask().WaitAsync(Patience);
            received.AddRange(buffer.AsSpan(0, read));
            return read > 0;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
