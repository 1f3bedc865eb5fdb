using Microsoft.Extensions.Logging;
using Webstream.Grains.Memory;
using Webstream.Protocol;

namespace Webstream.Grains.Streams;

/// <summary>
/// Sends committed messages over the memory stream, one event in flight: concurrent events would arrive in any order.
/// The committer never waits for it. When the backlog is too large, one event that has only the head replaces it;
/// the gateways then fetch the messages that they lack.
/// </summary>
/// <param name="send">Puts an event on the memory stream.</param>
/// <param name="share">The memory share of everything that waits, over all streams.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">For what operators should know.</param>
internal sealed partial class StreamEventSender(
    Func<StreamMessage[], Task> send, MemoryShare share, TimeProvider time, ILogger logger)
{
    /// <summary>The most messages that wait to be sent.</summary>
    public const int MaxWaitingMessages = 8 * PushRules.MaxBatchMessages;

    /// <summary>The most bytes that wait to be sent.</summary>
    public const int MaxWaitingBytes = 8 * PushRules.MaxBatchBytes;

    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    private readonly Queue<StreamMessage> waiting = new();
    private int waitingBytes;
    private long waitingWeight;
    private bool headOnly;
    private Task sending = Task.CompletedTask;

    /// <summary>Completed when no event is in flight.</summary>
    public Task Idle => sending;

    /// <summary>Takes messages just committed.</summary>
    public void Add(IReadOnlyList<StreamMessage> messages)
    {
        var (bytes, weight) = (0, 0L);
        foreach (var message in messages)
        {
            bytes += message.Size;
            weight += MessageWeight.Of(message);
        }

        if (waiting.Count + messages.Count > MaxWaitingMessages || waitingBytes + bytes > MaxWaitingBytes || !share.TryTake(weight))
        {
            Drop();
        }
        else
        {
            foreach (var message in messages)
            {
                waiting.Enqueue(message);
            }

            (waitingBytes, waitingWeight) = (waitingBytes + bytes, waitingWeight + weight);
        }

        Start();
    }

    /// <summary>A new epoch has begun without a message. What waits is of the old one.</summary>
    public void Begin()
    {
        Drop();
        Start();
    }

    private void Drop()
    {
        waiting.Clear();
        share.Return(waitingWeight);
        (waitingBytes, waitingWeight, headOnly) = (0, 0, true);
    }

    private void Start()
    {
        if (sending.IsCompleted)
        {
            sending = SendAsync();
        }
    }

    private async Task SendAsync()
    {
        while (waiting.Count > 0 || headOnly)
        {
            // A head-only event goes first and alone: the messages that wait behind it are newer than the gap that it announces.
            var (batch, weight) = headOnly ? ([], 0) : TakeBatch();
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
            finally
            {
                share.Return(weight);
            }
        }
    }

    private (StreamMessage[] Messages, long Weight) TakeBatch()
    {
        var batch = new List<StreamMessage>(Math.Min(waiting.Count, PushRules.MaxBatchMessages));
        var (bytes, weight) = (0, 0L);
        while (batch.Count < PushRules.MaxBatchMessages
            && waiting.TryPeek(out var message)
            && (batch.Count == 0 || bytes + message.Size <= PushRules.MaxBatchBytes))
        {
            batch.Add(waiting.Dequeue());
            bytes += message.Size;
            weight += MessageWeight.Of(message);
        }

        (waitingBytes, waitingWeight) = (waitingBytes - bytes, waitingWeight - weight);
        return ([.. batch], weight);
    }

    [LoggerMessage(1, LogLevel.Warning, "The memory stream refused {Count} messages; gateways will fetch them")]
    private static partial void LogFailure(ILogger logger, Exception failure, int count);
}
