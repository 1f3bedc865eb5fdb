using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Tests.FanOut;

public sealed class FanOutShardTests
{
    [Fact]
    public async Task Shard_WorkFromManyThreads_IsAllDoneAndNeverTwoAtOnce()
    {
        const int Threads = 4;
        const int Each = 50_000;
        var shard = new FanOutShard(new(), TestMessages.Memory().Reads, TimeProvider.System, new(TestMessages.Meters()));
        var work = new CountedWork(Threads * Each);

        // Each waits for its own piece before the next, so the loop goes to rest again and again.
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                shard.Enqueue(work);
                if (i % 100 == 0)
                {
                    Thread.Yield();
                }
            }
        }, TestContext.Current.CancellationToken)));

        await work.Done.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        work.MostAtOnce.ShouldBe(1);
    }

    [Fact]
    public async Task Shard_OnePieceAtATime_NeverLosesAWakeUp()
    {
        var shard = new FanOutShard(new(), TestMessages.Memory().Reads, TimeProvider.System, new(TestMessages.Meters()));
        for (var i = 0; i < 20_000; i++)
        {
            var work = new CountedWork(1);
            shard.Enqueue(work);
            await work.Done.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        }
    }

    private sealed class CountedWork(int expected) : IShardWork
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int count;
        private int atOnce;

        public Task Done => done.Task;

        public int MostAtOnce { get; private set; }

        public void Run()
        {
            MostAtOnce = Math.Max(MostAtOnce, Interlocked.Increment(ref atOnce));
            Interlocked.Decrement(ref atOnce);
            if (++count == expected)
            {
                done.SetResult();
            }
        }
    }
}
