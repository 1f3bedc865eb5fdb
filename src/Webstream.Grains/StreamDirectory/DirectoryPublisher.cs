using Microsoft.Extensions.Logging;

namespace Webstream.Grains.StreamDirectory;

/// <summary>
/// Reports a stream's state to the directory: changes of its listeners at once, new messages at most once a second.
/// One report is in flight at a time; changes meanwhile go into the next.
/// </summary>
internal sealed partial class DirectoryPublisher(
    Func<StreamStatus, Task> tell, Func<StreamStatus> status, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private bool wanted;
    private Task telling = Task.CompletedTask;
    private TaskCompletionSource hurry = new();
    private TaskCompletionSource next = new();

    /// <summary>The state may have changed: report it in a while.</summary>
    public void Tell()
    {
        wanted = true;
        if (telling.IsCompleted)
        {
            telling = TellAsync();
        }
    }

    /// <summary>A value that people compare has changed: report it now.</summary>
    /// <returns>Completed when the report has succeeded or failed.</returns>
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
                // The next heartbeat reports it again.
                LogNotTold(logger, failure);
            }

            told.SetResult();

            // The first report goes out at once, later reports once per pace. The last change of a burst is never lost.
            await Task.WhenAny(hurry.Task, Task.Delay(Pace, time));
        }
    }

    [LoggerMessage(1, LogLevel.Debug, "The directory did not take a stream's state")]
    private static partial void LogNotTold(ILogger logger, Exception failure);
}
