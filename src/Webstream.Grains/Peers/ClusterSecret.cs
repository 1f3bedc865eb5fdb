using System.Security.Cryptography;
using System.Text;

namespace Webstream.Grains.Peers;

/// <summary>
/// The secret of a cluster. It never leaves the process: what is sent is an HMAC over random numbers of both sides, which is worth nothing on another
/// connection. While a secret is replaced there are two; the first one is the process's own, and the other one is taken too.
/// </summary>
internal sealed class ClusterSecret
{
    /// <summary>The length of a random number.</summary>
    public const int NonceLength = 32;

    /// <summary>The length of a proof.</summary>
    public const int ProofLength = HMACSHA256.HashSizeInBytes;

    private static readonly byte[] KeyUse = "webstream cluster secret 1"u8.ToArray();

    private readonly byte[][] keys;

    /// <param name="secrets">At least one; long texts that nobody can guess.</param>
    public ClusterSecret(params IReadOnlyList<string> secrets) =>
        keys = [.. secrets.Select(secret => HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), ProofLength, info: KeyUse))];

    /// <summary>A secret that no other process has.</summary>
    public static ClusterSecret OfThisProcess() => new(Convert.ToHexString(RandomNumberGenerator.GetBytes(NonceLength)));

    /// <summary>How many secrets there are.</summary>
    public int Count => keys.Length;

    /// <summary>The proof that a side knows a secret.</summary>
    /// <param name="key">Which secret, from 0 on.</param>
    /// <param name="talk">The connection.</param>
    /// <param name="ofSilo">The side that accepted the connection proves it; else the side that made it. One side's proof is no proof of the other.</param>
    public byte[] Prove(int key, Talk talk, bool ofSilo)
    {
        byte[] text = [.. ofSilo ? "silo"u8 : "peer"u8, (byte)talk.Port, .. talk.PeerNonce, .. talk.SiloNonce];
        return HMACSHA256.HashData(keys[key], text);
    }

    /// <summary>The secret by which a proof was made.</summary>
    /// <returns>None: by none of them.</returns>
    public int? Find(Talk talk, bool ofSilo, ReadOnlySpan<byte> proof)
    {
        int? found = null;
        for (var key = 0; key < keys.Length; key++)
        {
            if (CryptographicOperations.FixedTimeEquals(Prove(key, talk, ofSilo), proof))
            {
                found = key;
            }
        }

        return found;
    }

    /// <summary>What a proof belongs to.</summary>
    /// <param name="Port">The port of the silo.</param>
    /// <param name="PeerNonce">The random number of the side that made the connection.</param>
    /// <param name="SiloNonce">The random number of the silo.</param>
    internal sealed record Talk(PortKind Port, byte[] PeerNonce, byte[] SiloNonce);
}
