using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Peers;

/// <summary>Reads certificates and keys from PEM files. What is wrong with a file is said with the name of the setting that names it.</summary>
internal static class CertificateFiles
{
    /// <summary>Reads a certificate with its key. Further certificates in the file are the way to the authority.</summary>
    /// <param name="certificate">The certificate's file, and the setting that names it.</param>
    /// <param name="key">The key's file, and the setting that names it.</param>
    /// <exception cref="StartRefusedException">One of them cannot be read, or they do not belong together.</exception>
    public static (X509Certificate2 Own, X509Certificate2Collection Others) ReadOwn(NamedFile certificate, NamedFile key)
    {
        var all = ReadAll(certificate);
        key.MustBeThere();
        try
        {
            var own = X509Certificate2.CreateFromPemFile(certificate.Path, key.Path);
            all.RemoveAt(0);
            return (OperatingSystem.IsWindows() ? Stored(own) : own, all);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw key.Unusable(failure switch
            {
                UnauthorizedAccessException => "may not be read by this user",
                IOException => "cannot be read",
                _ => $"has no key in PEM without a password that belongs to the certificate of {certificate.Setting}",
            });
        }
    }

    /// <summary>Reads all certificates of a file.</summary>
    /// <exception cref="StartRefusedException">It cannot be read, or has none.</exception>
    public static X509Certificate2Collection ReadAll(NamedFile file)
    {
        file.MustBeThere();
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPemFile(file.Path);
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw file.Unusable(failure is UnauthorizedAccessException ? "may not be read by this user" : "is not a certificate in PEM");
        }

        return all.Count > 0 ? all : throw file.Unusable("has no certificate in PEM");
    }

    // TLS of Windows takes no key that is only in memory.
    private static X509Certificate2 Stored(X509Certificate2 own)
    {
        using (own)
        {
            return X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
        }
    }

    /// <summary>A file that a setting names.</summary>
    internal sealed record NamedFile(string Setting, string Path)
    {
        public StartRefusedException Unusable(string why) => new($"{Setting} names the file '{Path}', which {why}.");

        public void MustBeThere()
        {
            if (!System.IO.Path.IsPathRooted(Path))
            {
                throw new StartRefusedException($"{Setting} is not the absolute path of a file, for example /run/secrets/cluster.pem.");
            }

            if (!File.Exists(Path))
            {
                throw Unusable("does not exist, or may not be seen by this user");
            }
        }
    }
}
