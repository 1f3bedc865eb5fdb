using System.Buffers;
using Webstream.Tools;

namespace Webstream.Gateway.Mcp;

/// <summary>Puts the client's id back into the library's answer, exactly as the client sent it: see <see cref="ForeignIds"/>.</summary>
/// <param name="inner">The answer's body.</param>
internal sealed class ForeignIdStream(Stream inner) : Stream
{
    private readonly ArrayBufferWriter<byte> held = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Write(byte[] buffer, int offset, int count) => held.Write(buffer.AsSpan(offset, count));

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        held.Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
        // The web server writes no answer synchronously, and the library flushes what it wrote.
    }

    public override async Task FlushAsync(CancellationToken cancellationToken)
    {
        var unfinished = held.WrittenSpan[^ForeignIds.Unfinished(held.WrittenSpan)..].ToArray();
        await inner.WriteAsync(ForeignIds.Restored(held.WrittenMemory[..^unfinished.Length]), cancellationToken);
        held.ResetWrittenCount();
        held.Write(unfinished);
        await inner.FlushAsync(cancellationToken);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
