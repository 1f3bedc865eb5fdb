namespace Webstream.Mcp.Stdio;

/// <summary>How long calls may run on once the input has ended.</summary>
/// <param name="Bare">
/// For a conversation without a handshake: somebody piped a line in and wants nothing but its answer, which may need a gateway to be started.
/// </param>
/// <param name="Running">For every other: the client has left, and waits for the process's end.</param>
/// <param name="Cancelled">For a call to end once it was cancelled.</param>
internal sealed record StdioPatience(TimeSpan Bare, TimeSpan Running, TimeSpan Cancelled)
{
    public static StdioPatience Default { get; } = new(TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(2), TimeSpan.FromMilliseconds(250));
}
