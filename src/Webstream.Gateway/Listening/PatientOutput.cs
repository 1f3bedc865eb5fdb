using System.Buffers;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// The output of a connection until its listener follows. It keeps the connection alive while there is nothing to send, waits for a slow client
/// within bounds, and stops when the client has gone or the gateway shuts down.
/// </summary>
/// <param name="bytes">Where the bytes are written.</param>
/// <param name="options">How often a keepalive is due, and how long a client may take nothing.</param>
/// <param name="time">The clock.</param>
/// <param name="gone">The client has gone.</param>
/// <param name="draining">The gateway shuts down, and this listener's turn has come.</param>
internal sealed class PatientOutput(
    ListenerOutput bytes, ListenerOptions options, TimeProvider time, CancellationToken gone, CancellationToken draining)
{
    // Pages are written in parts, so that a slow client can be seen to make progress.
    private const int MaxPerWrite = 16 * 1024;

    /// <summary>Takes bytes for the next flush.</summary>
    public ListenerOutput Bytes => bytes;

    /// <summary>The written bytes end with a whole frame, so that more may follow them.</summary>
    public bool MayWriteOn { get; set; } = true;

    /// <summary>
    /// Waits until a task is over, with keepalives. While the cluster is away the connection is held: a browser that is refused gives up for
    /// good. Does not return the task's result or failure; the caller asks the task itself.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client has gone, or the gateway shuts down.</exception>
    /// <exception cref="TimeoutException">The client has taken nothing for too long.</exception>
    public async Task HoldAsync(Task task)
    {
        while (!await WaitAsync(task, options.Keepalive))
        {
            bytes.Write(SseFrame.Keepalive);
            await FlushAsync();
        }
    }

    /// <summary>Waits until a task is over, but no longer than this. Does not return the task's result or failure.</summary>
    /// <returns>Whether the task is over.</returns>
    /// <exception cref="OperationCanceledException">The client has gone, or the gateway shuts down.</exception>
    public async ValueTask<bool> WaitAsync(Task task, TimeSpan most)
    {
        await task.WaitAsync(most, time, draining).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (task.IsCompleted)
        {
            // Nothing more is begun for a client that has gone: thousands may go at once.
            gone.ThrowIfCancellationRequested();
            return true;
        }

        draining.ThrowIfCancellationRequested();
        return false;
    }

    /// <summary>Sends frames that others share. They are whole, and at least one.</summary>
    /// <inheritdoc cref="FlushAsync" path="/exception"/>
    public async Task SendAsync(ReadOnlyMemory<byte> frames)
    {
        while (!frames.IsEmpty)
        {
            var part = frames[..Math.Min(frames.Length, MaxPerWrite)];
            bytes.WriteShared(part.Span);
            frames = frames[part.Length..];
            MayWriteOn = frames.IsEmpty;
            await FlushAsync();
        }
    }

    /// <summary>
    /// Sends the bytes written so far. A listener that replays is behind by definition: it is cut only when its client takes nothing.
    /// </summary>
    /// <exception cref="OperationCanceledException">The client has gone, or the gateway shuts down.</exception>
    /// <exception cref="TimeoutException">The client has taken nothing for too long.</exception>
    public async ValueTask FlushAsync()
    {
        var flush = bytes.FlushAsync(gone);
        if (flush.IsCompletedSuccessfully)
        {
            // A client that has gone accepts every write at once.
            _ = flush.Result;
            gone.ThrowIfCancellationRequested();
            return;
        }

        // The flush itself ends with the client.
        var flushed = ((Task)flush.AsTask()).WaitAsync(options.MaxBehindTime, time, draining);
        await flushed.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        gone.ThrowIfCancellationRequested();
        // A shutdown does not wait for a slow client; that client resumes on another gateway.
        MayWriteOn &= !flushed.IsCanceled;
        await flushed;
    }
}
