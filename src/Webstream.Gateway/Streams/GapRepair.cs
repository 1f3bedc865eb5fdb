using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Fetches from a stream's owner what the memory stream did not bring. A gap first gets a while to close by itself: it is closing as long
/// as the position moves. One fetch is in flight at a time.
/// </summary>
internal sealed class GapRepair : IAsyncDisposable
{
    /// <summary>The most messages of a fetch.</summary>
    public const int MaxMessages = 256;

    /// <summary>The most bytes of a fetch.</summary>
    public const int MaxBytes = 256 * 1024;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly StreamOwner owner;
    private readonly Func<StreamPlace> look;
    private readonly TimeSpan grace;
    private readonly FrameMemory memory;
    private readonly Trouble trouble;
    private readonly TimeProvider time;
    private readonly GatewayMetrics metrics;
    private readonly CancellationTokenSource ending = new();
    private readonly CancellationToken stopping;
    private int running;

    /// <summary>Makes one that is at rest.</summary>
    /// <param name="owner">Has what is missing.</param>
    /// <param name="look">Where the stream stands.</param>
    /// <param name="grace">How long a gap may close by itself.</param>
    /// <param name="memory">Where there is room for what is fetched.</param>
    /// <param name="trouble">Told of fetches that fail.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Counts fetches.</param>
    public GapRepair(
        StreamOwner owner, Func<StreamPlace> look, TimeSpan grace, FrameMemory memory, Trouble trouble, TimeProvider time, GatewayMetrics metrics)
    {
        (this.owner, this.look, this.grace, this.memory, this.trouble, this.time, this.metrics) = (owner, look, grace, memory, trouble, time, metrics);
        stopping = ending.Token;
    }

    /// <summary>Looks after a gap until it is closed. Called whenever there may be one.</summary>
    public void Start()
    {
        if (Interlocked.CompareExchange(ref running, 1, 0) == 0)
        {
            _ = RunAsync();
        }
    }

    /// <summary>Fetches no more.</summary>
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        ending.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (look() is { HasGap: true } before)
            {
                await Task.Delay(grace, time, stopping);
                if (look() == before)
                {
                    await FetchAsync();
                }
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // The stream is closing: nobody is left to fetch for.
        }
        finally
        {
            Volatile.Write(ref running, 0);
        }

        // One that opened between the last look and the end of this run.
        if (!stopping.IsCancellationRequested && look().HasGap)
        {
            Start();
        }
    }

    // Once the memory stream has shown to lack something, page after page without further waiting.
    private async Task FetchAsync()
    {
        var pause = grace;
        while (look() is { HasGap: true } at)
        {
            try
            {
                // After an outage every stream has a gap.
                using var room = await memory.HoldFetchAsync(MaxMessages, MaxBytes, stopping);
                metrics.Fetched();
                await owner.FillAsync(new(at.Position.Sequence, MaxMessages, MaxBytes));
                trouble.Worked();
                if (look() == at)
                {
                    // Nothing came of it (an owner that was replaced may still answer): not again at once.
                    return;
                }
            }
            catch (Exception failure) when (!stopping.IsCancellationRequested)
            {
                trouble.Failed(failure);
                await Task.Delay(pause, time, stopping);
                pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
            }
        }
    }
}
