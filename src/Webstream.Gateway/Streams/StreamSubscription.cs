using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// A stream's subscription on this gateway. It can be lost without notice. So it is made again when the stream's head moves and no event
/// comes.
/// </summary>
internal sealed partial class StreamSubscription(
    StreamName stream, IStreamFeed feed, Trouble trouble, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    // Listeners must not wait for a subscription for ever: without it, messages are fetched for them.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource stopping = new();
    private readonly SemaphoreSlim turn = new(1);
    private IAsyncDisposable? subscription;
    private int silentReports;

    /// <summary>An event has come.</summary>
    public event Action<StreamEvent>? Came;

    /// <summary>Subscribes, and waits a while for the subscription.</summary>
    public async Task StartAsync() =>
        await SubscribeAsync().WaitAsync(Patience, time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Notes that the stream's owner has answered a report.</summary>
    /// <param name="behind">The owner's head is ahead of what this gateway has.</param>
    public void Heard(bool behind)
    {
        // Once may be due to the poll period. Twice, without an event in between, means that the subscription is gone.
        if (!behind)
        {
            Volatile.Write(ref silentReports, 0);
        }
        else if (Interlocked.Increment(ref silentReports) >= 2 || subscription is null)
        {
            Volatile.Write(ref silentReports, 0);
            _ = SubscribeAsync();
        }
    }

    /// <summary>Subscribes again: the cluster was away, and may have lost this gateway's subscription.</summary>
    public Task RenewAsync() => SubscribeAsync();

    /// <summary>Subscribes no more.</summary>
    public Task StopAsync() => stopping.CancelAsync();

    /// <summary>Ends the subscription.</summary>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        // The turn is never released: a later call finds it taken.
        await turn.WaitAsync(CancellationToken.None);
        await EndAsync();
        turn.Dispose();
        stopping.Dispose();
    }

    private async Task SubscribeAsync()
    {
        if (stopping.IsCancellationRequested || !await turn.WaitAsync(TimeSpan.Zero, CancellationToken.None))
        {
            return;
        }

        try
        {
            await EndAsync();
            subscription = await feed.SubscribeAsync(stream, OnEvent);
            trouble.Worked();
        }
        catch (Exception failure)
        {
            trouble.Failed(failure);
        }
        finally
        {
            turn.Release();
        }
    }

    private async Task EndAsync()
    {
        var ending = subscription;
        subscription = null;
        try
        {
            await (ending?.DisposeAsync() ?? default);
        }
        catch (Exception failure)
        {
            // The subscription is gone with its silo, or will be dropped at the first event that nobody takes.
            LogNotEnded(logger, failure, stream);
        }
    }

    private void OnEvent(StreamEvent streamEvent)
    {
        Volatile.Write(ref silentReports, 0);
        Came?.Invoke(streamEvent);
    }

    [LoggerMessage(2, LogLevel.Debug, "A subscription to stream {Stream} could not be ended")]
    private static partial void LogNotEnded(ILogger logger, Exception failure, StreamName stream);
}
