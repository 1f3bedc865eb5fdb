using System.Buffers;
using System.IO.Pipelines;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>
/// What a session writes to its client before it follows: to the web server as it is, or as chunks, when that is how its socket goes on.
/// </summary>
internal sealed class ListenerOutput(PipeWriter body, Framing framing) : IBufferWriter<byte>
{
    private readonly ArrayBufferWriter<byte>? unframed = framing == Framing.Chunked ? new() : null;

    private IBufferWriter<byte> Target => (IBufferWriter<byte>?)unframed ?? body;

    public void Advance(int count) => Target.Advance(count);

    public Memory<byte> GetMemory(int sizeHint = 0) => Target.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => Target.GetSpan(sizeHint);

    /// <summary>Writes what lies somewhere already, at least one byte; in chunks, as one of its own that is not copied on the way.</summary>
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

    /// <summary>Sends what was written; in chunks, as one.</summary>
    public ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken)
    {
        FrameWritten();
        return body.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the response's body, where that is not the web server's part.</summary>
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
