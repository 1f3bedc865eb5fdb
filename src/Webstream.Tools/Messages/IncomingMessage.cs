namespace Webstream.Tools;

/// <summary>What became of a line or a body at the door.</summary>
public enum IncomingKind
{
    /// <summary>A request, which waits for an answer.</summary>
    Request,

    /// <summary>A notification, which is never answered.</summary>
    Notification,

    /// <summary>An answer to something that was asked of the client.</summary>
    Response,

    /// <summary>It cannot be carried out, and is answered with an error.</summary>
    Refused,

    /// <summary>It cannot be carried out, and nobody waits for an answer: it is a notification or an answer itself.</summary>
    Ignored,
}

/// <summary>A message as <see cref="MessageDoor"/> lets it in.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Json">
/// The message for the library to read, in UTF-8: only members that it knows, each once, of types that it can read. Of one that was refused
/// the answer, in one line; empty where it is ignored.
/// </param>
/// <param name="Reason">In one line for the log: why it was refused or is ignored, or what its sender may not have meant; else nothing.</param>
/// <param name="HasForeignId">Its id is written in a way that the library cannot keep: see <see cref="ForeignIds"/>.</param>
public sealed record IncomingMessage(IncomingKind Kind, ReadOnlyMemory<byte> Json, string Reason = "", bool HasForeignId = false);
