using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Ending;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Hosting;
using Webstream.Protocol;

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

        // Each thread waits for its own piece of work before the next, so the loop goes to rest again and again.
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
        work.MaxAtOnce.ShouldBe(1);
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

    [Fact]
    public async Task Shard_WhoseWorkThrows_EndsTheProcessAndGoesOnUntilThen()
    {
        await using var errors = new StringWriter();
        var end = new ProcessEnd(() => { }, () => { }, errors, TimeSpan.FromHours(1));
        var shard = new FanOutShard(new(), TestMessages.Memory().Reads, TimeProvider.System, new(TestMessages.Meters()), end);
        var after = new CountedWork(1);

        shard.Enqueue(new FailingWork(new InvalidOperationException("This must not be."), times: 1));
        shard.Enqueue(after);

        await after.Done.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        end.ExitCode.ShouldBe(ExitCode.Failed);
        errors.ToString().ShouldStartWith("webstream-gateway: Listeners cannot be written to any more: This must not be. The process ends");
        end.Over();
    }

    [Fact]
    public async Task Shard_WhoseWorkFailsForWantOfMemory_DoesItAgain()
    {
        await using var errors = new StringWriter();
        var end = new ProcessEnd(() => { }, () => { }, errors, TimeSpan.FromHours(1));
        var shard = new FanOutShard(new(), TestMessages.Memory().Reads, TimeProvider.System, new(TestMessages.Meters()), end);
        var work = new FailingWork(new OutOfMemoryException(), times: 3);

        shard.Enqueue(work);

        await work.Done.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        end.ExitCode.ShouldBe(ExitCode.Ended);
    }

    [Fact]
    public async Task Shard_WithoutMemoryForLong_EndsTheProcess()
    {
        var time = new FakeTimeProvider();
        await using var errors = new StringWriter();
        var end = new ProcessEnd(() => { }, () => { }, errors, TimeSpan.FromHours(1));
        var shard = new FanOutShard(new(), TestMessages.Memory().Reads, time, new(TestMessages.Meters()), end);
        var work = new FailingWork(new OutOfMemoryException(), times: LastingFailure.Many + 1, failing: () => time.Advance(LastingFailure.Long / 10));

        shard.Enqueue(work);

        await work.Done.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        end.ExitCode.ShouldBe(ExitCode.Failed);
        end.Over();
    }

    private sealed class FailingWork(Exception failure, int times, Action? failing = null) : IShardWork
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int left = times;

        /// <summary>Completes when the work has succeeded at last.</summary>
        public Task Done => done.Task;

        public void Run()
        {
            if (left-- > 0)
            {
                failing?.Invoke();
                throw failure;
            }

            done.SetResult();
        }
    }

    private sealed class CountedWork(int expected) : IShardWork
    {
        private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int count;
        private int atOnce;

        public Task Done => done.Task;

        public int MaxAtOnce { get; private set; }

        public void Run()
        {
            MaxAtOnce = Math.Max(MaxAtOnce, Interlocked.Increment(ref atOnce));
            Interlocked.Decrement(ref atOnce);
            if (++count == expected)
            {
                done.SetResult();
            }
        }
    }
}
