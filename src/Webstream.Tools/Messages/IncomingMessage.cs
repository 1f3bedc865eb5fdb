namespace Webstream.Tools;

/// <summary>The result of the check of a line or a body.</summary>
public enum IncomingKind
{
    /// <summary>A request, which waits for an answer.</summary>
    Request,

    /// <summary>A notification, which is never answered.</summary>
    Notification,

    /// <summary>An answer to a request that the client got.</summary>
    Response,

    /// <summary>It cannot be carried out, and is answered with an error.</summary>
    Refused,

    /// <summary>It cannot be carried out, and nobody waits for an answer: it is a notification or an answer itself.</summary>
    Ignored,
}

/// <summary>A message after the check in <see cref="MessageDoor"/>.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Json">
/// The message for the library, in UTF-8: only members that the library knows, each once, of types that it can read. For a refused message
/// this is the answer, in one line. For an ignored message it is empty.
/// </param>
/// <param name="Reason">One line for the log: why it was refused or ignored, or what its sender may not have meant. Otherwise empty.</param>
/// <param name="HasForeignId">Its id is written in a form that the library cannot keep: see <see cref="ForeignIds"/>.</param>
public sealed record IncomingMessage(IncomingKind Kind, ReadOnlyMemory<byte> Json, string Reason = "", bool HasForeignId = false);
