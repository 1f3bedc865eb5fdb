using System.Net.Sockets;
using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A connection on which a test controls every byte.</summary>
internal sealed class RawConnection : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpClient client = new();
    private readonly List<byte> pending = [];
    private Stream stream = Stream.Null;

    public static async Task<RawConnection> ConnectAsync(Uri address)
    {
        var connection = new RawConnection();
        await connection.client.ConnectAsync(address.Host, address.Port);
        connection.stream = connection.client.GetStream();
        return connection;
    }

    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await stream.WriteAsync(bytes);

    /// <summary>Ends the sending direction of the connection.</summary>
    public void EndSending() => client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>Everything that came, once this text has come.</summary>
    public async Task<string> UntilAsync(string text)
    {
        while (true)
        {
            var received = Encoding.UTF8.GetString([.. pending]);
            if (received.Contains(text, StringComparison.Ordinal))
            {
                return received;
            }

            (await ReadAsync()).ShouldBeTrue($"the connection ended after: {received}");
        }
    }

    /// <summary>Everything that came, once this text has come or the connection has ended.</summary>
    public async Task<string> UntilOrEndAsync(string text)
    {
        try
        {
            while (!Encoding.UTF8.GetString([.. pending]).Contains(text, StringComparison.Ordinal) && await ReadAsync())
            {
            }
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // The test's bytes were still unread, so the connection was reset. This is an end like any other.
        }

        return Encoding.UTF8.GetString([.. pending]);
    }

    /// <summary>Everything up to the end of the connection, also when the other side broke it off.</summary>
    public async Task<string> RestAsync()
    {
        try
        {
            while (await ReadAsync())
            {
            }
        }
        catch (IOException failure) when (failure.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // The test's bytes were still unread, so the connection was reset. This is an end like any other.
        }

        return Encoding.UTF8.GetString([.. pending]);
    }

    public void Dispose() => client.Dispose();

    private async Task<bool> ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var read = await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience);
        pending.AddRange(buffer.AsSpan(0, read));
        return read > 0;
    }
}
