using System.Security.Cryptography;
using System.Text;
using Microsoft.IdentityModel.Tokens;
using Webstream.Grains.Hosting;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tokens;

/// <summary>The one key of the settings with which tokens are signed: a secret, or the public half of a pair. No message quotes a secret.</summary>
internal sealed class StaticKey
{
    private const int LeastRsaBits = 2048;
    private const string HowToMake = "openssl rand -hex 32 makes a good one (64 for HS512).";

    private StaticKey(SecurityKey key) => Key = key;

    public SecurityKey Key { get; }

    /// <summary>A secret: its bytes are those of its text in UTF-8, as it stands.</summary>
    /// <exception cref="StartRefusedException">It can be guessed, or does not go with the algorithms.</exception>
    public static StaticKey OfSecret(string secret, string setting, string[] algorithms)
    {
        if (Array.Find(algorithms, one => !TokenRules.IsSymmetric(one)) is { } other)
        {
            throw new StartRefusedException(
                $"{setting} is a secret, and Webstream__Jwt__Algorithms has {other}, which is for a pair of keys. Write HS256, or the public key into "
                + "a PEM file that Webstream__Jwt__KeyFile names.");
        }

        if ((Secret.Refusal(secret) ?? (Placeholder.Is(secret) ? Placeholder.Refusal : null)) is { } refusal)
        {
            throw new StartRefusedException($"{setting} {refusal}");
        }

        // RFC 7518, section 3.2: as long as the hash. HS256 has 256 bits.
        var least = algorithms.Max(one => int.Parse(one.AsSpan(2), System.Globalization.CultureInfo.InvariantCulture)) / 8;
        var bytes = Encoding.UTF8.GetBytes(secret);
        return bytes.Length >= least
            ? new(new SymmetricSecurityKey(bytes))
            : throw new StartRefusedException(
                $"{setting} is shorter than the {least} bytes that {string.Join(", ", algorithms)} needs, and whoever has a token can guess it. {HowToMake}");
    }

    /// <summary>A secret in a file, or a public key in PEM.</summary>
    /// <exception cref="StartRefusedException">The file cannot be used, or does not go with the algorithms.</exception>
    public static StaticKey OfFile(string path, string setting, string[] algorithms)
    {
        var file = new SecretFile(setting, "a secret, or a public key in PEM,");
        var lines = file.ReadLines(path);
        if (!lines[0].StartsWith("-----BEGIN", StringComparison.Ordinal))
        {
            return lines.Length == 1 ? OfSecret(lines[0], setting, algorithms) : throw file.Unusable(path, "has more than one line and is no PEM");
        }

        if (lines.Any(line => line.Contains("PRIVATE", StringComparison.Ordinal)))
        {
            throw file.Unusable(
                path, "has a private key. The gateway needs only the public one (openssl pkey -in FILE -pubout), and nobody but the signer the other");
        }

        var (key, fits) = OfPem(string.Join('\n', lines))
            ?? throw file.Unusable(path, "has no public key (-----BEGIN PUBLIC KEY-----) of RSA or an elliptic curve");
        return key.KeySize < LeastRsaBits && key is RsaSecurityKey
            ? throw file.Unusable(path, $"has a key of {key.KeySize} bits. Make one of at least {LeastRsaBits}")
            : Array.Find(algorithms, one => !fits.Contains(one)) is { } other
                ? throw file.Unusable(path, $"has a key for {string.Join(", ", fits)}, and Webstream__Jwt__Algorithms has {other}")
            : new(key);
    }

    private static (SecurityKey Key, string[] Fits)? OfPem(string pem)
    {
        try
        {
            var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return (new RsaSecurityKey(rsa), ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]);
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            // Of another kind, perhaps.
        }

        try
        {
            var curve = ECDsa.Create();
            curve.ImportFromPem(pem);
            return curve.KeySize switch
            {
                256 => (new ECDsaSecurityKey(curve), ["ES256"]),
                384 => (new ECDsaSecurityKey(curve), ["ES384"]),
                521 => (new ECDsaSecurityKey(curve), ["ES512"]),
                _ => null,
            };
        }
        catch (Exception failure) when (failure is ArgumentException or CryptographicException)
        {
            return null;
        }
    }
}
