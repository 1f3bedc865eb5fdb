using System.Threading.Channels;
using Webstream.Grains.History;

namespace Webstream.Grains.Tests.Streams;

/// <summary>A history whose appends are answered when the test says so.</summary>
internal sealed class AppendDouble : IStreamHistory
{
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();

    public HistoryRange Range => HistoryRange.Empty;

    public ulong Forgotten => 0;

    public ulong Deleted => 0;

    public StreamSettings Settings => StreamSettings.None;

    /// <summary>Whether there is an append that the test has not taken.</summary>
    public bool HasNext => calls.Reader.TryPeek(out _);

    public ValueTask<AppendResult> AppendAsync(HistoryBatch batch, CancellationToken cancellationToken)
    {
        var call = new Call(batch);
        calls.Writer.TryWrite(call);
        return new(call.Answered);
    }

    /// <summary>The next append, once it is there.</summary>
    public Task<Call> NextAsync() => calls.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    public Task<IReadOnlyList<KeyRecord>> OpenAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask TrimAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<bool> DeclareSeenAsync(EventId seen, CancellationToken cancellationToken) => throw new NotSupportedException();

    /// <summary>What becomes of each deletion, in their order.</summary>
    public Queue<Func<ulong, bool>> Deletions { get; } = [];

    public async ValueTask<bool> DeleteAsync(EventId head, ulong epoch, long life, CancellationToken cancellationToken)
    {
        await Task.Yield();
        return Deletions.Dequeue()(epoch);
    }

    public ValueTask<bool> SetAsync(StreamSettings settings, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    internal sealed class Call(HistoryBatch batch)
    {
        private readonly TaskCompletionSource<AppendResult> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public HistoryBatch Batch { get; } = batch;

        public IEnumerable<string> Texts => Batch.Messages.Select(message => message.Message);

        public Task<AppendResult> Answered => answer.Task;

        public void Answer(AppendResult result = AppendResult.Appended) => answer.SetResult(result);

        public void Fail(bool maybeIn) => Fail(new HistoryAwayException("Away.", maybeIn));

        public void Fail(Exception failure) => answer.SetException(failure);
    }
}
