using Webstream.Gateway.Streams;

namespace Webstream.Gateway.Tests.Streams;

public sealed class PositionWaitersTests
{
    private readonly PositionWaiters waiters = new();

    [Fact]
    public void Waiter_AtOrBeforeThePosition_IsReleasedWhenTheHubIsBeyond()
    {
        var at5 = waiters.Add(new(1, 5), new(1, 5));
        var at7 = waiters.Add(new(1, 7), new(1, 5));

        waiters.Release(new(1, 6));
        (at5.Task.IsCompleted, at7.Task.IsCompleted).ShouldBe((true, false));
        waiters.Release(new(1, 7));
        at7.Task.IsCompleted.ShouldBeFalse();
        waiters.Release(new(1, 8));
        at7.Task.IsCompleted.ShouldBeTrue();
        waiters.Count.ShouldBe(0);
    }

    [Fact]
    public void Waiter_ForWhatIsThere_DoesNotWait()
    {
        waiters.Add(new(1, 4), new(1, 5)).Task.IsCompleted.ShouldBeTrue();
        waiters.Add(new(1, 9), new(2, 1)).Task.IsCompleted.ShouldBeTrue();
        waiters.Count.ShouldBe(0);
    }

    [Fact]
    public void Waiter_InAnEpochThatEnds_IsReleased()
    {
        var waiter = waiters.Add(new(1, 5), new(1, 5));

        waiters.Release(new(2, 0));

        waiter.Task.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public void Waiter_ThatGaveUp_IsNotKept()
    {
        var waiter = waiters.Add(new(1, 5), new(1, 5));
        waiters.Add(new(1, 5), new(1, 5));

        waiters.Remove(waiter);

        waiters.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Hub_WhenAWaitIsGivenUp_EndsItAtOnce()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        using var giveUp = new CancellationTokenSource();
        var waiting = rig.Stream.WaitBeyondAsync(default, giveUp.Token);

        await giveUp.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(waiting);
    }
}
