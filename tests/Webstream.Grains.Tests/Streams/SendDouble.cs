using System.Threading.Channels;

namespace Webstream.Grains.Tests.Streams;

/// <summary>A call that is answered when the test says so.</summary>
internal sealed class SendDouble<T>
{
    private readonly Channel<Call> calls = Channel.CreateUnbounded<Call>();

    public Task SendAsync(T content)
    {
        var call = new Call(content);
        calls.Writer.TryWrite(call);
        return call.Answered;
    }

    /// <summary>The next call, once it is there.</summary>
    public async Task<Call> NextAsync() => await calls.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30));

    /// <summary>Whether there is a call that the test has not taken.</summary>
    public bool HasNext => calls.Reader.TryPeek(out _);

    internal sealed class Call(T content)
    {
        private readonly TaskCompletionSource answer = new();

        public T Content { get; } = content;

        public Task Answered => answer.Task;

        public void Answer() => answer.SetResult();

        public void Fail() => answer.SetException(new InvalidOperationException("The queue is full."));
    }
}
