using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Webstream.ServiceDefaults.Starting;
using static Webstream.Grains.Peers.CertificateFiles;

namespace Webstream.Grains.Peers;

/// <summary>
/// The certificate of this process and the authorities of its cluster. The files are read again when they have changed, so certificates are replaced
/// without a restart. A change is noticed at the next connection; connections that stand are not ended.
/// </summary>
internal sealed partial class ClusterCertificates
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(2);

    private readonly Lock gate = new();
    private readonly NamedFile certificate;
    private readonly NamedFile key;
    private readonly NamedFile authorities;
    private Content current;
    private string seen;
    private long? looked;

    /// <summary>Reads the files.</summary>
    /// <exception cref="StartRefusedException">One of them cannot be used, or the cluster would refuse the certificate.</exception>
    public ClusterCertificates(NamedFile certificate, NamedFile key, NamedFile authorities)
    {
        (this.certificate, this.key, this.authorities) = (certificate, key, authorities);
        seen = Look();
        current = Read();
    }

    /// <summary>What the files hold now; what they held before, if they cannot be used now.</summary>
    public Content Current(TimeProvider time, ILogger logger)
    {
        lock (gate)
        {
            if (looked is { } last && time.GetElapsedTime(last) < BetweenLooks)
            {
                return current;
            }

            looked = time.GetTimestamp();
            var look = Look();
            if (look != seen)
            {
                // Once for each change, whether it can be used or not.
                seen = look;
                try
                {
                    current = Read();
                    LogRead(logger, certificate.Path, current.Own.NotAfter.ToUniversalTime());
                }
                catch (StartRefusedException unusable)
                {
                    LogUnusable(logger, unusable.Message);
                }
            }

            return current;
        }
    }

    private Content Read()
    {
        var (own, others) = ReadOwn(certificate, key);
        var trusted = new Authorities(authorities.Setting, ReadAll(authorities));
        return trusted.FaultOf(own, others, asServer: true, asClient: true) is { } fault
            ? throw certificate.Unusable($"has a certificate that the cluster would refuse: {fault}")
            : new(own, SslStreamCertificateContext.Create(own, others, offline: true), trusted);
    }

    // Kubernetes puts links in the place of other links: what counts is the file at the end.
    private string Look() => string.Join('|', new[] { certificate, key, authorities }.Select(file =>
    {
        try
        {
            var end = new FileInfo(new FileInfo(file.Path).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.Path);
            return $"{end.FullName} {end.LastWriteTimeUtc.Ticks} {end.Length}";
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }));

    [LoggerMessage(1, LogLevel.Information, "Read the changed certificate of the cluster in {File}, valid until {Until:u}")]
    private static partial void LogRead(ILogger logger, string file, DateTime until);

    [LoggerMessage(2, LogLevel.Error, "The changed certificate of the cluster cannot be used, and the one from before stays: {Why}")]
    private static partial void LogUnusable(ILogger logger, string why);

    /// <summary>The content of the files.</summary>
    /// <param name="Own">The certificate of this process, with its key.</param>
    /// <param name="Context">The same, as TLS wants it.</param>
    /// <param name="Authorities">The authorities that others' certificates must come from.</param>
    internal sealed record Content(X509Certificate2 Own, SslStreamCertificateContext Context, Authorities Authorities);
}
