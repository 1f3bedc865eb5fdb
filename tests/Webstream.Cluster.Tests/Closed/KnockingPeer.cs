using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Webstream.Cluster.Tests.Closed;

/// <summary>Connects to a port of a silo without being part of the cluster.</summary>
internal static class KnockingPeer
{
    /// <summary>A connection on which nothing has been sent.</summary>
    public static async Task<TcpClient> ConnectAsync(int port)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        return client;
    }

    /// <summary>Sends bytes, and waits for the end of the connection.</summary>
    /// <returns>How many bytes came back.</returns>
    public static async Task<int> SendAsync(int port, ReadOnlyMemory<byte> bytes)
    {
        using var client = await ConnectAsync(port);
        try
        {
            await client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);
        }
        catch (IOException)
        {
            // The silo has ended the connection meanwhile.
        }

        return await EndAsync(client);
    }

    /// <summary>Waits for the end of a connection.</summary>
    /// <returns>How many bytes came before it.</returns>
    public static async Task<int> EndAsync(TcpClient client)
    {
        var (buffer, count) = (new byte[1024], 0);
        try
        {
            while (await client.GetStream().ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().WaitAsync(Until.Patience) is > 0 and var read)
            {
                count += read;
            }
        }
        catch (IOException)
        {
            // A reset is an end, too.
        }

        return count;
    }

    /// <summary>Shows a certificate, and reads what the silo says then.</summary>
    /// <param name="port">The port.</param>
    /// <param name="certificate">The certificate; none: no certificate is shown.</param>
    /// <returns>What the silo says; empty if it ends the connection.</returns>
    public static async Task<byte[]> ShowAsync(int port, X509Certificate2? certificate)
    {
        using var client = await ConnectAsync(port);
        await using var tls = new SslStream(client.GetStream());
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
            {
                TargetHost = "silo",
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
                ClientCertificateContext = certificate is null ? null : SslStreamCertificateContext.Create(certificate, null, offline: true),
            });
            var buffer = new byte[5];
            var count = await tls.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false).AsTask().WaitAsync(Until.Patience);
            return buffer[..count];
        }
        catch (Exception refused) when (refused is IOException or AuthenticationException)
        {
            return [];
        }
    }
}
