using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using StackExchange.Redis;
using Webstream.Grains.Peers;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Hosting;

/// <summary>TLS to Redis: whose certificate counts, and which one this process shows.</summary>
internal static class RedisTls
{
    private const string Ca = "Webstream__Cluster__RedisCa";
    private const string Certificate = "Webstream__Cluster__RedisCertificate";
    private const string Key = "Webstream__Cluster__RedisKey";

    /// <summary>Adds the files of the settings to the options of a connection.</summary>
    /// <param name="options">The options.</param>
    /// <param name="cluster">The settings.</param>
    /// <param name="refused">Gets a clause about a certificate of Redis that is refused.</param>
    /// <exception cref="StartRefusedException">A file cannot be used, or the connection has no TLS.</exception>
    public static void AddTo(ConfigurationOptions options, WebstreamClusterOptions cluster, Action<string> refused)
    {
        string?[] files = [cluster.RedisCa, cluster.RedisCertificate, cluster.RedisKey];
        if (!options.Ssl)
        {
            if (!Array.TrueForAll(files, string.IsNullOrEmpty))
            {
                throw new StartRefusedException(
                    $"{Ca}, {Certificate} and {Key} are for TLS, and {RedisSetting.Name} asks for none. Write rediss://host:port, or host:port,ssl=true.");
            }

            return;
        }

        var authorities = cluster.RedisCa is { Length: > 0 } ca ? new Authorities(Ca, CertificateFiles.ReadAll(new(Ca, ca))) : null;
        options.CertificateValidation += (_, certificate, chain, errors) =>
        {
            var fault = FaultOf(certificate, chain, errors, authorities);
            if (fault is not null)
            {
                refused(fault);
            }

            return fault is null;
        };
        if (string.IsNullOrEmpty(cluster.RedisCertificate) != string.IsNullOrEmpty(cluster.RedisKey))
        {
            throw new StartRefusedException($"{Certificate} and {Key} belong together. Set both of them, or none.");
        }

        if (cluster.RedisCertificate is { Length: > 0 } path)
        {
            var (own, _) = CertificateFiles.ReadOwn(new(Certificate, path), new(Key, cluster.RedisKey!));
            options.CertificateSelection += delegate { return own; };
        }
    }

    private static string? FaultOf(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors, Authorities? authorities)
    {
        if (shown is not X509Certificate2 certificate || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return "there is none";
        }

        var others = new X509Certificate2Collection();
        others.AddRange(chain?.ChainPolicy.ExtraStore ?? []);
        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
                ? $"it is for another name than that of {RedisSetting.Name} (sslHost=name in it says by which name to look)"
            : authorities is not null ? authorities.FaultOf(certificate, others, asServer: true, asClient: false)
            : errors == SslPolicyErrors.None ? null
            : $"this machine does not trust it. {Ca} names an authority of one's own";
    }
}
