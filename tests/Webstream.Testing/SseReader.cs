namespace Webstream.Testing;

/// <summary>Reads an event stream from a connection, block by block.</summary>
/// <param name="source">The body of the response; disposed with this.</param>
/// <param name="withComments">Whether a comment is a block too, of type "" and with its text.</param>
public sealed class SseReader(Stream source, bool withComments = false) : IDisposable
{
    private readonly SseBlocks blocks = new(withComments);
    private readonly byte[] buffer = new byte[16 * 1024];

    public void Dispose() => source.Dispose();

    /// <summary>The next block; none: the connection has ended.</summary>
    public async Task<SseBlock?> NextAsync(CancellationToken cancellationToken)
    {
        SseBlock block;
        while (!blocks.TryTake(out block))
        {
            var read = await source.ReadAsync(buffer, cancellationToken);
            if (read == 0)
            {
                return null;
            }

            blocks.Feed(buffer.AsSpan(0, read));
        }

        return block;
    }
}
