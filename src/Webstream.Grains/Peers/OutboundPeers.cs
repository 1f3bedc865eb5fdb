using System.Security.Authentication;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans;

namespace Webstream.Grains.Peers;

/// <summary>
/// Stands before Orleans on connections that this process makes to silos: both sides show that they belong to the cluster before Orleans sends its first
/// byte. The time for it is that of Orleans for opening a connection.
/// </summary>
/// <param name="services">The process's services.</param>
/// <param name="port">The port of the silos.</param>
/// <param name="next">What comes after it.</param>
internal sealed class OutboundPeers(IServiceProvider services, PortKind port, ConnectionDelegate next)
{
    private static readonly TimeSpan TlsPatience = TimeSpan.FromSeconds(10);

    private readonly ClusterProtection protection = services.GetRequiredService<ClusterProtection>();
    private readonly PeerLog log = services.GetRequiredService<PeerLog>();
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly ILogger<ClusterCertificates> certificateLog = services.GetRequiredService<ILogger<ClusterCertificates>>();

    /// <summary>Uses a connection.</summary>
    public async Task RunAsync(ConnectionContext connection)
    {
        try
        {
            await (protection.Spoken switch
            {
                PeerKind.Tls => RunTlsAsync(connection),
                PeerKind.Secret => RunWithSecretAsync(connection),
                _ => RunPlainAsync(connection),
            });
        }
        catch (PeerRefusedException refusal)
        {
            log.Failed(port, connection.RemoteEndPoint, refusal);
            throw;
        }
    }

    private async Task RunWithSecretAsync(ConnectionContext connection)
    {
        await SecretHandshake.ProveAsync(connection.Transport, protection.Secret!, port, CancellationToken.None);
        await next(connection);
    }

    private async Task RunPlainAsync(ConnectionContext connection)
    {
        try
        {
            await next(connection);
        }
        catch (InvalidOperationException failure)
        {
            // What Orleans throws when the other side does not answer its preamble.
            throw new PeerRefusedException(
                PeerFault.NoProof,
                $"it ended the connection before it had begun ({failure.Message}). If the cluster requires TLS or a secret, this process needs "
                + "Webstream__Cluster__Certificate, …__Key and …__Ca, or Webstream__Cluster__Secret, too");
        }
    }

    private async Task RunTlsAsync(ConnectionContext connection)
    {
        var attempt = TlsAttempt.OfPeer(protection.Certificates!.Current(time, certificateLog), TlsPatience);
        var tls = new ConnectionBuilder(services);
        tls.UseClientTls(attempt.Options);
        tls.Run(async inner =>
        {
            await AwaitWelcomeAsync(inner);
            attempt.Succeeded = true;
            await next(inner);
        });
        await tls.Build()(connection);
        if (!attempt.Succeeded)
        {
            throw attempt.Refusal();
        }
    }

    private static async Task AwaitWelcomeAsync(ConnectionContext connection)
    {
        byte[] word;
        try
        {
            word = await Frames.ReadAsync(connection.Transport.Input, TlsAttempt.Welcome.Length, CancellationToken.None);
        }
        catch (Exception end) when (end is PeerRefusedException or IOException or OperationCanceledException or AuthenticationException)
        {
            throw new PeerRefusedException(
                PeerFault.Certificate, "it refuses the certificate of this process (Webstream__Cluster__Certificate); its own log says why");
        }

        if (!word.AsSpan().SequenceEqual(TlsAttempt.Welcome.Span))
        {
            throw new PeerRefusedException(PeerFault.Unreadable, "it is no silo, although the cluster's authority issued its certificate");
        }
    }
}
