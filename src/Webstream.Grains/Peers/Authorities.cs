using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webstream.Grains.Peers;

/// <summary>The authorities whose certificates count. Those of the machine do not.</summary>
/// <param name="setting">The setting that names their file.</param>
/// <param name="certificates">The certificates of the authorities, and of those between them and the certificates that they issued.</param>
internal sealed class Authorities(string setting, X509Certificate2Collection certificates)
{
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    /// <summary>The rules of a chain: it ends at one of the authorities, and nothing is fetched from addresses that certificates name.</summary>
    public X509ChainPolicy NewPolicy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        foreach (var one in certificates)
        {
            (IsRoot(one) ? policy.CustomTrustStore : policy.ExtraStore).Add(one);
        }

        return policy;
    }

    /// <summary>What is wrong with a certificate.</summary>
    /// <param name="certificate">The certificate.</param>
    /// <param name="others">Those that came with it.</param>
    /// <param name="asServer">It is shown by the side that accepts connections.</param>
    /// <param name="asClient">It is shown by the side that makes connections.</param>
    /// <returns>A clause such as "it expired on 2026-01-01"; null when nothing is wrong.</returns>
    public string? FaultOf(X509Certificate2 certificate, X509Certificate2Collection? others, bool asServer, bool asClient)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy = NewPolicy();
        chain.ChainPolicy.ExtraStore.AddRange(others ?? []);
        if (asServer)
        {
            chain.ChainPolicy.ApplicationPolicy.Add(ServerUse);
        }

        if (asClient)
        {
            chain.ChainPolicy.ApplicationPolicy.Add(ClientUse);
        }

        return chain.Build(certificate) ? null : Describe(certificate, chain);
    }

    /// <summary>What a chain says that was built by <see cref="NewPolicy"/> and is not valid.</summary>
    public string Describe(X509Certificate2 certificate, X509Chain? chain)
    {
        var faults = chain?.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, one) => all | one.Status) ?? X509ChainStatusFlags.PartialChain;
        return faults.HasFlag(X509ChainStatusFlags.UntrustedRoot) || faults.HasFlag(X509ChainStatusFlags.PartialChain)
            ? $"it was not issued by an authority of {setting}"
            : faults.HasFlag(X509ChainStatusFlags.NotTimeValid)
            ? $"it, or an authority of it, is expired or not valid yet (valid from {certificate.NotBefore.ToUniversalTime():u} "
                + $"to {certificate.NotAfter.ToUniversalTime():u})"
            : faults.HasFlag(X509ChainStatusFlags.NotValidForUsage)
            ? "its extended key usage does not allow this: processes of a cluster need serverAuth and clientAuth"
            : $"its chain is not valid ({faults})";
    }

    private static bool IsRoot(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
