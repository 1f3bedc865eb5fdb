using System.Buffers;
using System.IO.Pipelines;

namespace Webstream.Gateway.FanOut;

/// <summary>A listener that is written to through the web server: over TLS, over HTTP/2, and on every platform.</summary>
/// <param name="output">The response's body.</param>
/// <param name="abort">Closes the connection at once, also while a write to it is stuck.</param>
/// <param name="group">The group that it joins: the frame buffer to follow, and the shard that writes.</param>
/// <param name="cursor">Where it begins to read.</param>
internal sealed class PipedListener(PipeWriter output, Action abort, FanOutGroup group, FrameCursor cursor) : Listener(group, cursor)
{
    // The web server copies the bytes of a write, and holds them until the client takes them.
    private const int MaxPerWrite = 16 * 1024;

    private readonly TaskCompletionSource<ListenerEnd> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override int StalledWeight => (int)Options.ReplayWeight;

    protected override int MaxPerTurn => MaxPerWrite;

    /// <summary>Follows the frame buffer until the listener ends. Afterwards the caller may use the pipe again.</summary>
    public Task<ListenerEnd> FollowAsync()
    {
        Start();
        return ended.Task;
    }

    protected override Outcome Write(ref FrameCursor cursor, int most, out int written)
    {
        written = 0;
        while (written < most && cursor.Read(most - written) is { IsEmpty: false } bytes)
        {
            output.Write(bytes.Span);
            written += bytes.Length;
        }

        if (written == 0)
        {
            return Outcome.Taken;
        }

        var flush = output.FlushAsync();
        if (flush.IsCompletedSuccessfully)
        {
            return flush.Result.IsCompleted ? Outcome.Gone : Outcome.Taken;
        }

        _ = AwaitAsync(flush);
        return Outcome.Busy;
    }

    protected override void Abort() => abort();

    protected override void Ended(ListenerEnd reason) => ended.TrySetResult(reason);

    private async Task AwaitAsync(ValueTask<FlushResult> flush)
    {
        var isGone = true;
        try
        {
            isGone = (await flush.ConfigureAwait(false)).IsCompleted;
        }
        catch (Exception)
        {
            // Whatever the transport says, the connection cannot be written to any more.
        }

        Written(0, isGone);
    }
}
