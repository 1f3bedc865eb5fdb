using System.Threading.Channels;
using Webstream.Grains.Log;

namespace Webstream.Grains.Tests.Streams;

/// <summary>A log whose appends are answered when the test says so.</summary>
internal sealed class AppendDouble : IStreamLog
{
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();

    public LogRange Range => LogRange.Empty;

    public ulong Forgotten => 0;

    /// <summary>Whether an append is there that nobody has taken.</summary>
    public bool HasNext => calls.Reader.TryPeek(out _);

    public ValueTask<AppendResult> AppendAsync(LogBatch batch, CancellationToken cancellationToken)
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

    public ValueTask<bool> ForgetAsync(EventId head, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StreamMessage[]> ReadAsync(HistoryQuery query, CancellationToken cancellationToken) => throw new NotSupportedException();

    internal sealed class Call(LogBatch batch)
    {
        private readonly TaskCompletionSource<AppendResult> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public LogBatch Batch { get; } = batch;

        public IEnumerable<string> Texts => Batch.Messages.Select(message => message.Message);

        public Task<AppendResult> Answered => answer.Task;

        public void Answer(AppendResult result = AppendResult.Appended) => answer.SetResult(result);

        public void Fail(bool maybeIn) => Fail(new LogAwayException("Away.", maybeIn));

        public void Fail(Exception failure) => answer.SetException(failure);
    }
}
