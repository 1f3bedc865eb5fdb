namespace Webstream.Mcp.Stdio;

/// <summary>How long calls may continue after the input has ended.</summary>
/// <param name="Bare">
/// For a conversation without a handshake: a person piped in a line and wants only its answer, which may need the start of a gateway.
/// </param>
/// <param name="Running">For every other conversation: the client has left, and waits for the process's end.</param>
/// <param name="Cancelled">For a call to end after it was cancelled.</param>
internal sealed record StdioPatience(TimeSpan Bare, TimeSpan Running, TimeSpan Cancelled)
{
    public static StdioPatience Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(250));
}
