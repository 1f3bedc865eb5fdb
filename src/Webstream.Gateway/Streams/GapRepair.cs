using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Fetches from a stream's owner the messages that the memory stream did not bring. A gap first gets a while to close by itself: it is closing
/// as long as the position moves. One fetch is in flight at a time.
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

    /// <summary>Makes a repair that does nothing until it is started.</summary>
    /// <param name="owner">The stream's owner, which has the missing messages.</param>
    /// <param name="look">Where the stream stands.</param>
    /// <param name="grace">How long a gap has to close by itself.</param>
    /// <param name="memory">The memory that fetched messages are charged to.</param>
    /// <param name="trouble">Told of fetches that fail.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Counts fetches.</param>
    public GapRepair(
        StreamOwner owner, Func<StreamPlace> look, TimeSpan grace, FrameMemory memory, Trouble trouble, TimeProvider time, GatewayMetrics metrics)
    {
        (this.owner, this.look, this.grace, this.memory, this.trouble, this.time, this.metrics) = (owner, look, grace, memory, trouble, time, metrics);
        stopping = ending.Token;
    }

    /// <summary>Repairs a gap until it is closed. Called whenever there may be a gap.</summary>
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

        // A gap may have opened between the last look and the end of this run.
        if (!stopping.IsCancellationRequested && look().HasGap)
        {
            Start();
        }
    }

    // Once it is clear that the memory stream has lost messages, pages are fetched one after another without further waiting.
    private async Task FetchAsync()
    {
        var pause = grace;
        while (look() is { HasGap: true } at)
        {
            try
            {
                // Waits for memory: after an outage every stream has a gap.
                using var room = await memory.HoldFetchAsync(MaxMessages, MaxBytes, stopping);
                metrics.Fetched();
                await owner.FillAsync(new(at.Position.Sequence, MaxMessages, MaxBytes));
                trouble.Worked();
                if (look() == at)
                {
                    // The fetch brought nothing (an owner that was replaced may still answer), so it is not repeated at once.
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
