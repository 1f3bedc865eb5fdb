using System.Buffers;
using System.Text;

namespace Webstream.Protocol;

/// <summary>The bounds of a push, in one place for every interface that accepts pushes.</summary>
public static class PushRules
{
    /// <summary>The most messages in one push.</summary>
    public const int MaxBatchMessages = 256;

    /// <summary>The most bytes in one push, measured by <see cref="MessageSize"/> without its overhead.</summary>
    public const int MaxBatchBytes = 256 * 1024;

    /// <summary>The longest message in bytes of UTF-8, unless configured otherwise.</summary>
    public const int DefaultMaxMessageBytes = 64 * 1024;

    /// <summary>The longest <c>source</c>, in characters.</summary>
    public const int MaxSourceLength = 64;

    /// <summary>The longest idempotency key, in characters.</summary>
    public const int MaxKeyLength = 200;

    /// <summary>The most options of a question.</summary>
    public const int MaxOptions = 32;

    /// <summary>The longest option, in characters.</summary>
    public const int MaxOptionLength = 200;

    /// <summary>Refuses a push that breaks a rule.</summary>
    /// <exception cref="WebstreamException">The request breaks a rule. The text says which rule and how to mend the request.</exception>
    public static void Check(PushRequest request, int maxMessageBytes = DefaultMaxMessageBytes)
    {
        if (request.Items.Count == 0)
        {
            throw Invalid("There is no message. Send at least one.");
        }

        if (request.Items.Count > MaxBatchMessages)
        {
            throw TooLarge($"A batch holds at most {MaxBatchMessages} messages; this one has {request.Items.Count}. Send it in parts.");
        }

        if (request.IdempotencyKey is { } key && (key.Length is 0 or > MaxKeyLength || key.AsSpan().ContainsAnyExceptInRange('!', '~')))
        {
            throw Invalid($"An idempotency key is 1 to {MaxKeyLength} printable ASCII characters without spaces.");
        }

        var bytes = 0L;
        foreach (var item in request.Items)
        {
            Check(item, maxMessageBytes);
            bytes += item.Size - MessageSize.Overhead;
        }

        if (request.Items.Count > 1 && bytes > MaxBatchBytes)
        {
            throw TooLarge($"A batch holds at most {MaxBatchBytes} bytes; this one has {bytes}. Send it in parts.");
        }
    }

    private static void Check(PushItem item, int maxMessageBytes)
    {
        if (item.Message.Length == 0)
        {
            throw Invalid("The message is empty. Send {\"message\": \"your text\"}.");
        }

        if (!IsWellFormed(item.Message))
        {
            throw Invalid("The message is not well-formed Unicode: it has half of a surrogate pair. Send the pair, or leave it out.");
        }

        var bytes = Encoding.UTF8.GetByteCount(item.Message);
        if (bytes > maxMessageBytes)
        {
            throw TooLarge($"A message holds at most {maxMessageBytes} bytes of UTF-8; this one has {bytes}. Shorten it, or send it in parts.");
        }

        if (item.Event is { } type && !EventType.IsValid(type))
        {
            throw Invalid($"The event type is {EventType.Rule}.");
        }

        if (item.Source is { } source && (source.Length is 0 or > MaxSourceLength || source.Any(char.IsControl) || !IsWellFormed(source)))
        {
            throw Invalid($"The source is 1 to {MaxSourceLength} characters of well-formed Unicode, none of them a control character.");
        }

        if (item.InReplyTo is { } replied && replied.Sequence == 0)
        {
            throw Invalid("inReplyTo is the id of the message that is answered.");
        }

        if (item.Options is { } options
            && (options.Count is 0 or > MaxOptions || options.Any(o => string.IsNullOrEmpty(o) || o.Length > MaxOptionLength || !IsWellFormed(o))))
        {
            throw Invalid($"A question has 1 to {MaxOptions} options, each of 1 to {MaxOptionLength} characters of well-formed Unicode.");
        }
    }

    // Half of a surrogate pair has no form in UTF-8: listeners would get another text than the pusher sent.
    private static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        while (text.IndexOfAnyInRange('\ud800', '\udfff') is >= 0 and var at)
        {
            if (Rune.DecodeFromUtf16(text[at..], out _, out var length) != OperationStatus.Done)
            {
                return false;
            }

            text = text[(at + length)..];
        }

        return true;
    }

    private static WebstreamException Invalid(string text) => new(WebstreamError.Invalid, text);

    private static WebstreamException TooLarge(string text) => new(WebstreamError.TooLarge, text);
}
