using System.Security.Cryptography;
using System.Text;

namespace Webstream.Grains;

/// <summary>A key as it is kept: what it gives, and a hash by which it is recognised. The key itself is told once, to whoever made it.</summary>
[GenerateSerializer, Alias("webstream.StoredKey"), Immutable]
public sealed record StoredKey
{
    /// <summary>What stands in front of every key.</summary>
    public const string Prefix = "wsk_";

    /// <summary>The name of the key of <c>WEBSTREAM_API_KEY</c>, which no stored key may have.</summary>
    public const string DefaultName = "default";

    private const int IdBytes = 8;
    private const int SecretBytes = 32;
    private const int Length = 4 + (2 * IdBytes) + 1 + (2 * SecretBytes);

    /// <summary>Tells keys apart, also those of one name: 16 hexadecimal digits, which stand in the key behind its prefix.</summary>
    [Id(0)]
    public required string Id { get; init; }

    /// <summary>Who has it, in the grammar of stream names, at most 64 characters. Two keys of one name are one caller.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>The SHA-256 of the key. A key has 256 random bits, so no slow hash is needed.</summary>
    [Id(2)]
    public required byte[] Hash { get; init; }

    /// <summary>What it gives.</summary>
    [Id(3)]
    public required KeyRights Rights { get; init; }

    /// <summary>When it was made.</summary>
    [Id(4)]
    public DateTimeOffset Created { get; init; }

    /// <summary>When it ends; none: when it is revoked.</summary>
    [Id(5)]
    public DateTimeOffset? Expires { get; init; }

    /// <summary>How much whoever has it may do; none: as much as everybody.</summary>
    [Id(6)]
    public KeyLimits? Limits { get; init; }

    /// <summary>Makes a key, and what is kept of it.</summary>
    /// <param name="name">Who gets it.</param>
    /// <param name="rights">What it gives.</param>
    /// <param name="now">When.</param>
    /// <returns>The key as its owner sends it, and as it is kept.</returns>
    public static (string Key, StoredKey Stored) New(string name, KeyRights rights, DateTimeOffset now)
    {
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        var key = $"{Prefix}{id}_{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        return (key, new() { Id = id, Name = name, Hash = HashOf(key), Rights = rights, Created = now });
    }

    /// <summary>The id in a key that a caller sent; none when it has not the form of a key.</summary>
    public static string? IdIn(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length == Length && key.StartsWith(Prefix, StringComparison.Ordinal) && key[Prefix.Length + (2 * IdBytes)] == '_'
            ? key.Substring(Prefix.Length, 2 * IdBytes)
            : null;
    }

    /// <summary>Whether a key that a caller sent is this one.</summary>
    // All hashes have the same length, so the time of the comparison tells nothing about the key.
    public bool Is(string key) => CryptographicOperations.FixedTimeEquals(HashOf(key), Hash);

    private static byte[] HashOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));
}
