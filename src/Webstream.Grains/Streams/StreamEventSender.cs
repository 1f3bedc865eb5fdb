using Microsoft.Extensions.Logging;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Sends what was committed over the memory stream, one event in flight: concurrent ones would arrive in any order.
/// Committing never waits for it. When events back up they are replaced by one that says only where the head is;
/// the gateways then fetch what they lack.
/// </summary>
internal sealed partial class StreamEventSender(
    Func<StreamMessage[], Task> send, TimeProvider time, ILogger logger)
{
    /// <summary>The most messages that wait to be sent.</summary>
    public const int MaxWaitingMessages = 8 * PushRules.MaxBatchMessages;

    /// <summary>The most bytes that wait to be sent.</summary>
    public const int MaxWaitingBytes = 8 * PushRules.MaxBatchBytes;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Queue<StreamMessage> waiting = new();
    private int waitingBytes;
    private bool headOnly;
    private Task sending = Task.CompletedTask;

    /// <summary>Completed when nothing is on its way.</summary>
    public Task Idle => sending;

    /// <summary>Takes messages just committed.</summary>
    public void Add(IReadOnlyList<StreamMessage> messages)
    {
        foreach (var message in messages)
        {
            waiting.Enqueue(message);
            waitingBytes += message.Size;
        }

        if (waiting.Count > MaxWaitingMessages || waitingBytes > MaxWaitingBytes)
        {
            waiting.Clear();
            (waitingBytes, headOnly) = (0, true);
        }

        if (sending.IsCompleted)
        {
            sending = SendAsync();
        }
    }

    private async Task SendAsync()
    {
        while (waiting.Count > 0 || headOnly)
        {
            // A notice goes first and alone: what waits behind it is newer than the hole it tells of.
            var batch = headOnly ? [] : TakeBatch();
            headOnly = false;
            try
            {
                await send(batch);
            }
            catch (Exception failure)
            {
                LogFailure(logger, failure, batch.Length);
                headOnly = true;
                await Task.Delay(PauseAfterFailure, time);
            }
        }
    }

    private StreamMessage[] TakeBatch()
    {
        var batch = new List<StreamMessage>(Math.Min(waiting.Count, PushRules.MaxBatchMessages));
        var bytes = 0;
        while (batch.Count < PushRules.MaxBatchMessages
            && waiting.TryPeek(out var message)
            && (batch.Count == 0 || bytes + message.Size <= PushRules.MaxBatchBytes))
        {
            batch.Add(waiting.Dequeue());
            bytes += message.Size;
        }

        waitingBytes -= bytes;
        return [.. batch];
    }

    [LoggerMessage(1, LogLevel.Warning, "The memory stream refused {Count} messages; gateways will fetch them")]
    private static partial void LogFailure(ILogger logger, Exception failure, int count);
}
