using Orleans.Streams;

namespace Webstream.Grains.MessageStream;

/// <summary>Reads a queue. When the queue is empty, it waits for a wake-up instead of answering at once that there is nothing.</summary>
/// <param name="inner">The memory stream's own receiver.</param>
/// <param name="signal">Set when there is something in the queue.</param>
/// <param name="atMost">The longest wait without a wake-up: a wake-up can be lost.</param>
internal sealed class MessageStreamReceiver(IQueueAdapterReceiver inner, QueueSignal signal, TimeSpan atMost) : IQueueAdapterReceiver
{
    public Task Initialize(TimeSpan timeout) => inner.Initialize(timeout);

    /// <param name="maxCount">The most messages to return.</param>
    /// <param name="cancellationToken">
    /// The reader ends: its silo stops, or another silo reads from now on. The wait ends without an error, which would be logged as one of the
    /// queue.
    /// </param>
    public async Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount, CancellationToken cancellationToken)
    {
        IList<IBatchContainer> messages;
        do
        {
            signal.Reset();
            messages = await inner.GetQueueMessagesAsync(maxCount, cancellationToken);
        }
        while (messages.Count == 0 && await signal.WaitAsync(atMost, cancellationToken));
        return messages;
    }

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages, CancellationToken cancellationToken) =>
        inner.MessagesDeliveredAsync(messages, cancellationToken);

    public Task Shutdown(TimeSpan timeout) => inner.Shutdown(timeout);

    // Orleans does not call these any more, but the interface still has them.
    Task<IList<IBatchContainer>> IQueueAdapterReceiver.GetQueueMessagesAsync(int maxCount) => GetQueueMessagesAsync(maxCount, CancellationToken.None);

    Task IQueueAdapterReceiver.MessagesDeliveredAsync(IList<IBatchContainer> messages) => MessagesDeliveredAsync(messages, CancellationToken.None);
}
