using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.ServiceDefaults.Settings;

/// <summary>Refuses certificates of the web framework's settings that cannot be read, before the web server does it with a trace.</summary>
internal static class ListenCertificates
{
    private const string Default = "Kestrel:Certificates:Default";

    /// <exception cref="StartRefusedException">A file is missing, or its password is wrong.</exception>
    public static void RefuseMissing(IConfiguration configuration)
    {
        RefuseMissingIn(configuration.GetSection(Default));
        foreach (var endpoint in configuration.GetSection(ListenSettings.Endpoints).GetChildren())
        {
            RefuseMissingIn(endpoint.GetSection("Certificate"));
        }
    }

    private static void RefuseMissingIn(IConfigurationSection certificate)
    {
        if (FileOf(certificate, "Path") is not { } path)
        {
            return;
        }

        var (key, password) = (FileOf(certificate, "KeyPath"), certificate["Password"]);
        try
        {
            if (key is not null)
            {
                using var read = password is null ? X509Certificate2.CreateFromPemFile(path, key) : X509Certificate2.CreateFromEncryptedPemFile(path, password, key);
            }
            else if (X509Certificate2.GetCertContentType(path) == X509ContentType.Pfx)
            {
                using var read = X509CertificateLoader.LoadPkcs12FromFile(path, password, X509KeyStorageFlags.EphemeralKeySet);
            }
        }
        catch (Exception failure) when (failure is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new StartRefusedException(
                $"The certificate in {NameOf(certificate, "Path")} ('{path}') cannot be read, or not with {NameOf(certificate, key is null ? "Password" : "KeyPath")}: {failure.Message}");
        }
    }

    private static string? FileOf(IConfigurationSection certificate, string option)
    {
        if (certificate[option] is not { Length: > 0 } text)
        {
            return null;
        }

        // Beside the program, as the web server looks for it.
        var path = Path.Combine(AppContext.BaseDirectory, text);
        return File.Exists(path)
            ? path
            : throw new StartRefusedException($"{NameOf(certificate, option)} names the file '{path}', which does not exist or may not be seen by this user.");
    }

    private static string NameOf(IConfigurationSection section, string option) => $"{section.Path}:{option}".Replace(":", "__", StringComparison.Ordinal);
}
