namespace Webstream.Protocol;

/// <summary>How a listener wants its messages: the four ways in which a message can be encoded.</summary>
/// <param name="Json">One JSON object in <c>data</c>, instead of the original's <c>[timestamp] text</c>.</param>
/// <param name="Typed">The message's event type becomes the block's <c>event</c> field; else every block has the default type.</param>
public readonly record struct FrameFormat(bool Json, bool Typed)
{
    /// <summary>The original's format.</summary>
    public static FrameFormat Text => default;
}
