using System.Buffers.Binary;

namespace Webstream.Grains.Peers;

/// <summary>Tells from the first bytes of a connection how its other side begins. All three begin differently, so one port can take all of them.</summary>
internal static class FirstBytes
{
    /// <summary>So many bytes decide.</summary>
    public const int Length = 4;

    /// <summary>The longest preamble that Orleans reads.</summary>
    public const int MaxPreamble = 1024;

    private const byte TlsHandshake = 0x16;
    private const byte TlsMajor = 3;

    /// <summary>How the connection begins.</summary>
    /// <param name="first">Its first <see cref="Length"/> bytes.</param>
    /// <returns>None: like nothing that a cluster speaks.</returns>
    public static PeerKind? Recognize(ReadOnlySpan<byte> first) =>
        // A record of TLS has its version in the second and third byte. As the length of a preamble that would be far too long.
        first.SequenceEqual(SecretHandshake.Magic) ? PeerKind.Secret
        : first is [TlsHandshake, TlsMajor, > 0, _] ? PeerKind.Tls
        : PreambleLength(first) is > 0 and <= MaxPreamble ? PeerKind.Plain
        : null;

    /// <summary>The length of Orleans' preamble, with which a plain connection begins.</summary>
    public static int PreambleLength(ReadOnlySpan<byte> first) => BinaryPrimitives.ReadInt32LittleEndian(first);
}
