using Webstream.Grains;

namespace Webstream.Gateway.Streams;

/// <summary>
/// Fetches from a stream's owner what the feed did not bring. A hole first gets a while to close by itself: it is closing as long as the
/// position moves. One fetch is in flight at a time.
/// </summary>
internal sealed class GapRepair(
    IStreamGrain grain,
    Func<(bool HasHole, ulong Epoch, long Sequence)> look,
    Action<HistoryPage, ulong, long> take,
    TimeSpan grace,
    FrameMemory memory,
    StreamTroubles.Trouble trouble,
    TimeProvider time,
    GatewayMetrics metrics,
    CancellationToken stopping)
{
    /// <summary>The most messages of a fetch.</summary>
    public const int MaxMessages = 256;

    /// <summary>The most bytes of a fetch.</summary>
    public const int MaxBytes = 256 * 1024;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private int running;

    /// <summary>Looks after a hole until it is closed. Called whenever there may be one.</summary>
    public void Start()
    {
        if (Interlocked.CompareExchange(ref running, 1, 0) == 0)
        {
            _ = RunAsync();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (look() is { HasHole: true } before)
            {
                await Task.Delay(grace, time, stopping);
                var now = look();
                if (now == before)
                {
                    await FetchAsync();
                }
            }
        }
        catch (Exception) when (stopping.IsCancellationRequested)
        {
            // The hub is closing: nobody is left to fetch for.
        }
        finally
        {
            Volatile.Write(ref running, 0);
        }

        // One that opened between the last look and the end of this run.
        if (!stopping.IsCancellationRequested && look().HasHole)
        {
            Start();
        }
    }

    // Once the feed has shown to lack something, page after page without further waiting.
    private async Task FetchAsync()
    {
        var pause = grace;
        while (look() is { HasHole: true } at)
        {
            try
            {
                // After an outage every hub has a hole.
                using var room = await memory.HoldFetchAsync(MaxMessages, MaxBytes, stopping);
                metrics.Fetched();
                var page = await grain.Read(new(at.Sequence, MaxMessages, MaxBytes));
                take(page, at.Epoch, at.Sequence);
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
