using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Webstream.Protocol;

namespace Webstream.Gateway.Signing;

/// <summary>
/// Signs event ids for listeners that may not read history. In a signed id a keyed hash of the stream, the epoch and the sequence stands in the
/// place of the epoch. So the id has the usual form, and it says "I have everything up to here" only if this cluster gave it to somebody: who
/// knows one id of a stream can make no other one.
/// </summary>
/// <param name="secret">The cluster's secret.</param>
internal sealed class EventIdSigner(byte[] secret)
{
    // For what it is signed. Another use of the secret would get another number, so that neither's hashes are worth anything in the other.
    private const byte Listening = 1;

    /// <summary>Whether this is the secret that it signs with.</summary>
    public bool Has(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(secret, other);

    /// <summary>Signs an id of a stream.</summary>
    public EventId Sign(StreamName stream, EventId id)
    {
        var name = stream.Value;
        // The numbers have a fixed length and stand first, so no other stream gives the same bytes.
        Span<byte> text = stackalloc byte[1 + sizeof(ulong) + sizeof(long) + StreamName.MaxLength];
        text[0] = Listening;
        BinaryPrimitives.WriteUInt64BigEndian(text[1..], id.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(text[(1 + sizeof(ulong))..], id.Sequence);
        var length = 1 + sizeof(ulong) + sizeof(long) + Encoding.ASCII.GetBytes(name, text[(1 + sizeof(ulong) + sizeof(long))..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, text[..length], hash);
        // 0 is the epoch before the first message, which nothing signed shall be taken for.
        return id with { Epoch = Math.Max(1, BinaryPrimitives.ReadUInt64BigEndian(hash)) };
    }

    /// <summary>Signs every id in a message.</summary>
    public StreamMessage Sign(StreamMessage message) => message with
    {
        Id = Sign(message.Stream, message.Id),
        InReplyTo = message.InReplyTo is { } question ? Sign(message.Stream, question) : null,
    };

    /// <summary>Signs every id in a verdict.</summary>
    public ResumeVerdict Sign(StreamName stream, ResumeVerdict verdict) => verdict with
    {
        From = verdict.From is { } from ? Sign(stream, from) : null,
        To = Sign(stream, verdict.To),
    };

    /// <summary>Whether an id that a listener sent is the signed one of a position in this epoch.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="sent">The id that the listener sent.</param>
    /// <param name="epoch">The epoch.</param>
    public bool IsSigned(StreamName stream, EventId sent, ulong epoch) => Sign(stream, new EventId(epoch, sent.Sequence)) == sent;
}
