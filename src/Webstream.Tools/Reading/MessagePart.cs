using System.Globalization;
using System.Text;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>One message by its id, from a byte on: a message that is longer than an answer is read in parts.</summary>
/// <param name="Message">The whole message.</param>
/// <param name="View">The part.</param>
/// <param name="Head">The stream's newest id.</param>
internal sealed record MessagePart(StreamMessage Message, MessageView View, EventId Head)
{
    /// <summary>Finds the message and takes the part.</summary>
    /// <exception cref="WebstreamException">There is no such message, or no character of it begins at that byte.</exception>
    public static async Task<MessagePart> OfAsync(IWebstream webstream, StreamName stream, EventId id, int offset, CancellationToken cancellationToken)
    {
        if (id.Sequence == 0)
        {
            throw NoMessage(stream, id);
        }

        var page = await webstream.ReadAsync(new(stream, id with { Sequence = id.Sequence - 1 }, 1), cancellationToken);
        if (page.Messages is not [var message, ..] || message.Id != id)
        {
            throw NoMessage(stream, id);
        }

        Check(message, offset);
        return new(message, MessageViews.Part(message, await QuestionOptions.OfAsync(webstream, [message], cancellationToken), offset), page.Head);
    }

    private static void Check(StreamMessage message, int offset)
    {
        var bytes = Encoding.UTF8.GetBytes(message.Message);
        if (offset >= bytes.Length)
        {
            throw Invalid($"offset is 0 to {bytes.Length - 1}: the message {message.Id} has {bytes.Length} bytes.");
        }

        if (IsWithin(bytes[offset]))
        {
            var begin = offset;
            while (IsWithin(bytes[begin]))
            {
                begin--;
            }

            throw Invalid($"offset {offset} is within a character of the message {message.Id}, which begins at {begin}. Send the nextOffset of the part before.");
        }
    }

    // The bytes of a character behind its first one: RFC 3629, section 3.
    private static bool IsWithin(byte value) => (value & 0b1100_0000) == 0b1000_0000;

    private static WebstreamException NoMessage(StreamName stream, EventId id) =>
        Invalid($"There is no message {id} in the stream {stream}: it is too old to be kept, or its history began anew, or it is in another stream.");

    private static WebstreamException Invalid(FormattableString text) => new(WebstreamError.Invalid, text.ToString(CultureInfo.InvariantCulture));
}
