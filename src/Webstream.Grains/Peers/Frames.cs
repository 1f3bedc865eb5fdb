using System.Buffers;
using System.IO.Pipelines;

namespace Webstream.Grains.Peers;

/// <summary>Reads and writes the short messages that stand before Orleans' own bytes.</summary>
internal static class Frames
{
    /// <summary>Reads so many bytes, and leaves what follows.</summary>
    /// <exception cref="PeerRefusedException">The connection ends before they are there.</exception>
    /// <exception cref="OperationCanceledException">They do not come in time.</exception>
    public static async Task<byte[]> ReadAsync(PipeReader input, int count, CancellationToken cancellationToken)
    {
        var buffer = await AwaitAsync(input, count, cancellationToken);
        var bytes = buffer.Slice(0, count).ToArray();
        input.AdvanceTo(buffer.GetPosition(count));
        return bytes;
    }

    /// <summary>Waits until so many bytes are there, and leaves them to the next one who reads.</summary>
    /// <returns>A copy of them.</returns>
    /// <exception cref="PeerRefusedException">The connection ends before they are there.</exception>
    /// <exception cref="OperationCanceledException">They do not come in time.</exception>
    public static async Task<byte[]> PeekAsync(PipeReader input, int count, CancellationToken cancellationToken)
    {
        var buffer = await AwaitAsync(input, count, cancellationToken);
        var bytes = buffer.Slice(0, count).ToArray();
        // The last of them counts as not seen. So the next read answers at once, and what was seen before stays seen, as a pipe demands.
        input.AdvanceTo(buffer.Start, buffer.GetPosition(count - 1));
        return bytes;
    }

    /// <summary>Writes bytes.</summary>
    /// <exception cref="PeerRefusedException">The connection has ended.</exception>
    public static async Task WriteAsync(PipeWriter output, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        var flushed = await output.WriteAsync(bytes, cancellationToken);
        if (flushed.IsCanceled || flushed.IsCompleted)
        {
            throw new PeerRefusedException(PeerFault.Ended, "it ended the connection before it had said who it is");
        }
    }

    private static async Task<ReadOnlySequence<byte>> AwaitAsync(PipeReader input, int count, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellationToken);
            if (read.Buffer.Length >= count)
            {
                return read.Buffer;
            }

            // Seen, and not taken.
            input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.IsCompleted || read.IsCanceled)
            {
                throw new PeerRefusedException(PeerFault.Ended, "it ended the connection before it had said who it is");
            }
        }
    }
}
