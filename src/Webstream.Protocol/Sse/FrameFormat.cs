namespace Webstream.Protocol;

/// <summary>The format of a listener's messages: one of the four encodings of a message, each of them with ids as they are or signed.</summary>
/// <param name="Json">One JSON object in <c>data</c>, instead of the original's <c>[timestamp] text</c>.</param>
/// <param name="Typed">The message's event type becomes the block's <c>event</c> field. Otherwise every block has the default type.</param>
public readonly record struct FrameFormat(bool Json, bool Typed)
{
    /// <summary>The ids are signed: the listener resumes by those that it was given, and by no others. Whoever encodes a message signs it first.</summary>
    public bool HasSignedIds { get; init; }

    /// <summary>The original's format.</summary>
    public static FrameFormat Text => default;
}
