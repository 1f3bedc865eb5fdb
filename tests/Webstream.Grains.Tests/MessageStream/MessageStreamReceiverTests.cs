using Webstream.Grains.MessageStream;

namespace Webstream.Grains.Tests.MessageStream;

public sealed class MessageStreamReceiverTests : IDisposable
{
    private readonly QueueSignal signal = new();
    private readonly CancellationTokenSource end = new();

    public void Dispose()
    {
        signal.Dispose();
        end.Dispose();
    }

    [Fact]
    public async Task QueueWithMessages_IsAnsweredAtOnce()
    {
        var queue = new ReceiverDouble(() => 3);

        (await ReadAsync(queue, Timeout.InfiniteTimeSpan)).ShouldBe(3);

        queue.Looks.ShouldBe(1);
    }

    [Fact]
    public async Task EmptyQueue_WhenWoken_IsLookedAtAgain()
    {
        var queue = new ReceiverDouble(() => 0, () => 0, () => 2);

        var read = ReadAsync(queue, Timeout.InfiniteTimeSpan);
        (queue.Looks, read.IsCompleted).ShouldBe((1, false));

        // The reader is woken for a message that another look, or another reader, has taken meanwhile.
        signal.Set();
        await Until.TrueAsync(() => queue.Looks == 2);
        read.IsCompleted.ShouldBeFalse();

        signal.Set();
        (await read).ShouldBe(2);
        queue.Looks.ShouldBe(3);
    }

    [Fact]
    public async Task Ring_BetweenTheEmptyLookAndTheWait_IsNotMissed()
    {
        var queue = new ReceiverDouble(
            () =>
            {
                signal.Set();
                return 0;
            },
            () => 1);

        (await ReadAsync(queue, Timeout.InfiniteTimeSpan)).ShouldBe(1);
    }

    [Fact]
    public async Task WakeUps_FromBeforeTheLook_AreForgotten()
    {
        signal.Set();
        signal.Set();
        var queue = new ReceiverDouble(() => 0);

        (await ReadAsync(queue, TimeSpan.Zero)).ShouldBe(0);

        queue.Looks.ShouldBe(1);
    }

    [Fact]
    public async Task EmptyQueue_WhenNobodyWakesIt_IsAnsweredAfterTheWait()
    {
        var queue = new ReceiverDouble(() => 0);

        (await ReadAsync(queue, TimeSpan.FromMilliseconds(1))).ShouldBe(0);

        queue.Looks.ShouldBe(1);
    }

    [Fact]
    public async Task Wait_WhenTheReaderEnds_EndsWithoutAnError()
    {
        var queue = new ReceiverDouble(() => 0);

        var read = ReadAsync(queue, Timeout.InfiniteTimeSpan);
        read.IsCompleted.ShouldBeFalse();
        await end.CancelAsync();

        (await read).ShouldBe(0);
        queue.Looks.ShouldBe(1);
    }

    private async Task<int> ReadAsync(ReceiverDouble queue, TimeSpan atMost)
    {
        var messages = await new MessageStreamReceiver(queue, signal, atMost).GetQueueMessagesAsync(100, end.Token)
            .WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        return messages.Count;
    }
}
