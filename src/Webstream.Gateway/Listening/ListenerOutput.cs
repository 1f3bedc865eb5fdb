using System.Buffers;
using System.IO.Pipelines;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>
/// The output of a session before the listener follows. The bytes go to the web server as they are, or as chunks when the socket goes on with
/// chunks.
/// </summary>
internal sealed class ListenerOutput(PipeWriter body, Framing framing) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte>? unframed = framing == Framing.Chunked ? new() : null;

    private IBufferWriter<byte> Target => (IBufferWriter<byte>?)unframed ?? body;

    public void Advance(int count) => Target.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => Target.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => Target.GetSpan(sizeHint);

    /// <summary>Writes bytes that others share, at least one. With chunked framing they become one chunk, without a copy in between.</summary>
    public void WriteShared(ReadOnlySpan<byte> bytes)
    {
        FrameWritten();
        if (unframed is null)
        {
            body.Write(bytes);
        }
        else
        {
            Chunk.Write(body, bytes);
        }
    }

    /// <summary>Sends the bytes written so far; with chunked framing, as one chunk.</summary>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        FrameWritten();
        return body.FlushAsync(cancellationToken);
    }

    /// <summary>Sends the rest, and ends the response's body unless the web server does that itself.</summary>
    public async ValueTask EndAsync()
    {
        await FlushAsync(CancellationToken.None);
        if (unframed is not null)
        {
            await body.WriteAsync(Chunk.Last.ToArray());
        }
    }

    private void FrameWritten()
    {
        if (unframed is { WrittenCount: > 0 })
        {
            Chunk.Write(body, unframed.WrittenSpan);
            unframed.ResetWrittenCount();
        }
    }
}
