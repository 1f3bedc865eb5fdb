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
    // For what an id is signed: the hashes of one are worth nothing in the other. A position is where a listener may go on. A reference only names a
    // message, and whoever pushes chooses which: it must not be a position, or a reply would open the history behind what it answers.
    private const byte Position = 1;
    private const byte Reference = 2;

    private const ulong LeastOf16Digits = 1UL << 60;

    /// <summary>Whether this is the secret that it signs with.</summary>
    public bool Has(ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(secret, other);

    /// <summary>Signs an id of a stream, as a position from which its listener may resume.</summary>
    public EventId Sign(StreamName stream, EventId id) => Sign(Position, stream, id);

    private EventId Sign(byte purpose, StreamName stream, EventId id)
    {
        var name = stream.Value;
        // The numbers have a fixed length and stand first, so no other stream gives the same bytes.
        Span<byte> text = stackalloc byte[1 + sizeof(ulong) + sizeof(long) + StreamName.MaxLength];
        text[0] = purpose;
        BinaryPrimitives.WriteUInt64BigEndian(text[1..], id.Epoch);
        BinaryPrimitives.WriteInt64BigEndian(text[(1 + sizeof(ulong))..], id.Sequence);
        var length = 1 + sizeof(ulong) + sizeof(long) + Encoding.ASCII.GetBytes(name, text[(1 + sizeof(ulong) + sizeof(long))..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(secret, text[..length], hash);
        // The first part of the hash that takes all 16 digits.
        var epoch = 0UL;
        for (var at = 0; epoch < LeastOf16Digits && at < hash.Length; at += sizeof(ulong))
        {
            epoch = BinaryPrimitives.ReadUInt64BigEndian(hash[at..]);
        }

        return id with { Epoch = Math.Max(LeastOf16Digits, epoch) };
    }

    /// <summary>Signs every id in a message.</summary>
    public StreamMessage Sign(StreamMessage message) => message with
    {
        Id = Sign(message.Stream, message.Id),
        InReplyTo = message.InReplyTo is { } question ? Sign(Reference, message.Stream, question) : null,
    };

    /// <summary>Signs every id in a verdict.</summary>
    public ResumeVerdict Sign(StreamName stream, ResumeVerdict verdict) => verdict with
    {
        From = verdict.From is { } from ? Sign(stream, from) : null,
        To = Sign(stream, verdict.To),
    };

    /// <summary>Whether an id names a message of this epoch as such listeners are shown it: as its own id, or as that of one that it answers.</summary>
    public bool IsShown(StreamName stream, EventId sent, ulong epoch) =>
        IsSigned(stream, sent, epoch) || Sign(Reference, stream, new EventId(epoch, sent.Sequence)) == sent;

    /// <summary>Whether an id that a listener sent is the signed one of a position in this epoch.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="sent">The id that the listener sent.</param>
    /// <param name="epoch">The epoch.</param>
    public bool IsSigned(StreamName stream, EventId sent, ulong epoch) => Sign(stream, new EventId(epoch, sent.Sequence)) == sent;
}
