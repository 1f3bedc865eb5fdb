using Microsoft.Extensions.Logging;

namespace Webstream.Grains.StreamDirectory;

/// <summary>
/// Tells the directory a stream's state: changes of its listeners at once, new messages at most once a second;
/// one word in flight, changes meanwhile go into the next.
/// </summary>
internal sealed partial class DirectoryPublisher(
    Func<StreamStatus, Task> tell, Func<StreamStatus> status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private bool wanted;
    private Task telling = Task.CompletedTask;
    private TaskCompletionSource hurry = new();
    private TaskCompletionSource next = new();

    /// <summary>The state may have changed: tell it in a while.</summary>
    public void Tell()
    {
        wanted = true;
        if (telling.IsCompleted)
        {
            telling = TellAsync();
        }
    }

    /// <summary>What people compare has changed: tell it now.</summary>
    /// <returns>Completed when the directory has taken it, or has not.</returns>
    public Task TellNow()
    {
        var told = next.Task;
        hurry.TrySetResult();
        Tell();
        return told;
    }

    private async Task TellAsync()
    {
        while (wanted)
        {
            wanted = false;
            hurry = new();
            var told = next;
            next = new();
            try
            {
                await tell(status());
            }
            catch (Exception failure)
            {
                // The next heartbeat tells it again.
                LogNotTold(logger, failure);
            }

            told.SetResult();

            // The first word goes out at once, the following ones at the pace: the last of a burst is never lost.
            await Task.WhenAny(hurry.Task, Task.Delay(Pace, time));
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The directory did not take a stream's state")]
    private static partial void LogNotTold(ILogger logger, Exception failure);
}
