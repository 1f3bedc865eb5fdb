using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Orleans.Connections.Security;

namespace Webstream.Grains.Peers;

/// <summary>
/// The TLS handshake of one connection: what Orleans' TLS is to do, and what was wrong. Both sides show a certificate of the cluster's authority. Names in
/// certificates decide nothing, because silos are known by addresses that change.
/// </summary>
internal sealed class TlsAttempt
{
    /// <summary>What a silo says behind the handshake, once it has taken the other side's certificate.</summary>
    public static readonly ReadOnlyMemory<byte> Welcome = "WSC1\0"u8.ToArray();

    private readonly Authorities authorities;
    private string? fault;

    private TlsAttempt(Authorities authorities) => this.authorities = authorities;

    /// <summary>What Orleans' TLS is to do.</summary>
    public TlsOptions Options { get; private init; } = new();

    /// <summary>The other side has shown that it belongs to the cluster.</summary>
    public bool Succeeded { get; set; }

    /// <summary>For the side that accepts connections.</summary>
    public static TlsAttempt OfSilo(ClusterCertificates.Content content, TimeSpan patience)
    {
        var attempt = New(content, patience);
        attempt.Options.OnAuthenticateAsServer = (_, settings) =>
        {
            settings.ServerCertificateSelectionCallback = null;
            settings.ServerCertificate = null;
            var tls = (SslServerAuthenticationOptions)settings.SslServerAuthenticationOptions;
            (tls.ServerCertificateContext, tls.CertificateChainPolicy) = (content.Context, content.Authorities.NewPolicy());
        };
        return attempt;
    }

    /// <summary>For the side that makes connections.</summary>
    public static TlsAttempt OfPeer(ClusterCertificates.Content content, TimeSpan patience)
    {
        var attempt = New(content, patience);
        attempt.Options.OnAuthenticateAsClient = (_, settings) =>
        {
            var tls = (SslClientAuthenticationOptions)settings.SslClientAuthenticationOptions;
            tls.ClientCertificates = null;
            (tls.ClientCertificateContext, tls.CertificateChainPolicy) = (content.Context, content.Authorities.NewPolicy());
        };
        return attempt;
    }

    /// <summary>Why there is no connection.</summary>
    public PeerRefusedException Refusal() => fault is null
        ? new(
            PeerFault.Handshake,
            "the TLS handshake failed: it shows no certificate, refuses the one of this process, was too slow, or speaks neither TLS 1.2 nor 1.3")
        : new(PeerFault.Certificate, $"its certificate is refused: {fault}");

    private static TlsAttempt New(ClusterCertificates.Content content, TimeSpan patience)
    {
        var attempt = new TlsAttempt(content.Authorities)
        {
            Options = new()
            {
                LocalCertificate = content.Own,
                RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
                ClientCertificateMode = RemoteCertificateMode.RequireCertificate,
                HandshakeTimeout = patience,
            },
        };
        attempt.Options.RemoteCertificateValidation = attempt.IsValid;
        return attempt;
    }

    private bool IsValid(X509Certificate2 certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if ((errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == SslPolicyErrors.None)
        {
            return true;
        }

        fault = authorities.Describe(certificate, chain);
        return false;
    }
}
