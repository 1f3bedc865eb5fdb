using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Webstream.Testing;

/// <summary>An authority that issues certificates into a folder of its own, in PEM. The folder goes with it.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");

    private readonly string folder = Directory.CreateTempSubdirectory("webstream-authority-").FullName;
    private readonly X509Certificate2 root;
    private int issued;

    /// <param name="name">What its certificates call it.</param>
    public TestAuthority(string name = "test authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        root = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddYears(-2), DateTimeOffset.UtcNow.AddYears(2));
        CaFile = Write("ca.pem", root.ExportCertificatePem());
    }

    /// <summary>The file with its own certificate.</summary>
    public string CaFile { get; }

    /// <summary>Issues a certificate, which is valid now, for both sides of a connection, unless something else is asked for.</summary>
    /// <param name="name">Its name, and the name of a server with it.</param>
    /// <param name="from">From when on it is valid; none: since yesterday.</param>
    /// <param name="until">Until when it is valid; none: for a year.</param>
    /// <param name="asClient">It may also be shown by the side that makes a connection.</param>
    public CertificateFile Issue(string name = "localhost", DateTimeOffset? from = null, DateTimeOffset? until = null, bool asClient = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(asClient ? [ServerUse, ClientUse] : [ServerUse], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var number = Interlocked.Increment(ref issued);
        using var certificate = request.Create(
            root, from ?? DateTimeOffset.UtcNow.AddDays(-1), until ?? DateTimeOffset.UtcNow.AddYears(1), BitConverter.GetBytes(number));
        var file = number.ToString(CultureInfo.InvariantCulture);
        return new(Write($"{file}.pem", certificate.ExportCertificatePem()), Write($"{file}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>Issues a certificate that expired yesterday.</summary>
    public CertificateFile IssueExpired() => Issue(from: DateTimeOffset.UtcNow.AddDays(-30), until: DateTimeOffset.UtcNow.AddDays(-1));

    public void Dispose()
    {
        root.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private string Write(string name, string content)
    {
        var path = Path.Combine(folder, name);
        File.WriteAllText(path, content);
        return path;
    }
}

/// <summary>A certificate and its key.</summary>
/// <param name="Path">The file of the certificate.</param>
/// <param name="KeyPath">The file of the key.</param>
public sealed record CertificateFile(string Path, string KeyPath)
{
    /// <summary>The settings with which a process of a cluster has it.</summary>
    public IReadOnlyDictionary<string, string> Settings(TestAuthority authority) => new Dictionary<string, string>
    {
        ["Webstream__Cluster__Certificate"] = Path,
        ["Webstream__Cluster__Key"] = KeyPath,
        ["Webstream__Cluster__Ca"] = authority.CaFile,
    };

    /// <summary>The certificate with its key, for a connection that a test makes itself.</summary>
    public X509Certificate2 Load() => X509Certificate2.CreateFromPemFile(Path, KeyPath);
}
