using Orleans.Providers.Streams.Common;
using Orleans.Runtime;
using Orleans.Streams;

namespace Webstream.Grains.Tests.MessageStream;

/// <summary>A queue in which each look runs a function of the test and returns that number of messages.</summary>
internal sealed class ReceiverDouble(params Func<int>[] looks) : IQueueAdapterReceiver
{
    private int done;

    /// <summary>How often somebody looked at the queue.</summary>
    public int Looks => Volatile.Read(ref done);

    public Task Initialize(TimeSpan timeout) => Task.CompletedTask;

    public Task<IList<IBatchContainer>> GetQueueMessagesAsync(int maxCount) =>
        Task.FromResult<IList<IBatchContainer>>([.. Enumerable.Range(0, looks[Interlocked.Increment(ref done) - 1]()).Select(_ => new Batch())]);

    public Task MessagesDeliveredAsync(IList<IBatchContainer> messages) => Task.CompletedTask;

    public Task Shutdown(TimeSpan timeout) => Task.CompletedTask;

    private sealed class Batch : IBatchContainer
    {
        public StreamId StreamId => default;

        public StreamSequenceToken SequenceToken => new EventSequenceTokenV2(1);

        public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => [];

        public bool ImportRequestContext() => false;
    }
}
