using System.Net;
using Webstream.Gateway.Memory;
using Webstream.Grains.Memory;

namespace Webstream.Gateway.Tests.Memory;

public sealed class FairShareTests
{
    private const long Limit = 1000;

    private static readonly CallerAddress Here = CallerAddress.Of(IPAddress.Loopback);
    private static readonly CallerAddress First = CallerAddress.Of(IPAddress.Parse("192.0.2.1"));
    private static readonly CallerAddress Second = CallerAddress.Of(IPAddress.Parse("192.0.2.2"));

    private readonly MemoryShare share = new("test", Limit);
    private readonly FairShare fair;

    public FairShareTests() => fair = new(share);

    private static CancellationToken Test => TestContext.Current.CancellationToken;

    [Fact]
    public void Take_BeyondTheShare_IsRefusedAndCounted()
    {
        fair.TryTake(Here, 900).ShouldBe(Room.Given);
        fair.TryTake(Here, 101).ShouldBe(Room.None);
        fair.TryTake(Here, 100).ShouldBe(Room.Given);

        share.Used.ShouldBe(Limit);
        share.Refused.ShouldBe(1);
        fair.Return(Here, 1000);
        share.Used.ShouldBe(0);
    }

    [Fact]
    public void Address_WhileMoreThanHalfIsUsed_HasAtMostHalf()
    {
        fair.TryTake(First, 500).ShouldBe(Room.Given);
        fair.TryTake(First, 1).ShouldBe(Room.NoneForThisAddress);
        // The other addresses have the other half.
        fair.TryTake(Second, 300).ShouldBe(Room.Given);
        fair.TryTake(Here, 200).ShouldBe(Room.Given);

        fair.RefusedAddresses.ShouldBe(1);
        share.Refused.ShouldBe(0);
        fair.Return(First, 1);
        fair.TryTake(First, 1).ShouldBe(Room.Given);
    }

    [Fact]
    public void CallersOfThisMachine_AreNotToldApart()
    {
        fair.TryTake(Here, 600).ShouldBe(Room.Given);
        fair.TryTake(CallerAddress.Of(IPAddress.IPv6Loopback), 400).ShouldBe(Room.Given);

        fair.RefusedAddresses.ShouldBe(0);
    }

    [Fact]
    public void OneThing_LargerThanHalf_IsGivenToWhoHasNothing()
    {
        fair.TryTake(First, 900).ShouldBe(Room.Given);

        fair.TryTake(First, 10).ShouldBe(Room.NoneForThisAddress);
    }

    [Fact]
    public void Take_WithABoundOfItsOwn_LeavesTheRestToOthers()
    {
        fair.TryTake(Here, 800, most: 750).ShouldBe(Room.None);
        fair.TryTake(Here, 700, most: 750).ShouldBe(Room.Given);
        fair.Look(Here, 51, most: 750).ShouldBe(Room.None);
        fair.Look(Here, 300).ShouldBe(Room.Given);
        fair.TryTake(Here, 300).ShouldBe(Room.Given);
    }

    [Fact]
    public async Task Waiting_EachGetsItsTurnWhenSomethingIsGivenBack()
    {
        fair.TryTake(Here, Limit).ShouldBe(Room.Given);
        var waiting = Enumerable.Range(0, 5).Select(_ => fair.TakeInTurnAsync(Here, 100, Test).AsTask()).ToArray();
        fair.Waiting.ShouldBe(5);

        for (var served = 1; served <= 5; served++)
        {
            fair.Return(Here, 100);
            await Until.TrueAsync(() => waiting.Count(task => task.IsCompleted) == served);
            waiting[served - 1].IsCompletedSuccessfully.ShouldBeTrue();
        }

        (fair.Waiting, fair.Waited, share.Used).ShouldBe((0, 5, Limit));
    }

    [Fact]
    public async Task Waiting_ForMoreThanIsFree_IsNotOvertaken()
    {
        fair.TryTake(Here, Limit).ShouldBe(Room.Given);
        var large = fair.TakeInTurnAsync(Here, 300, Test).AsTask();
        var small = fair.TakeInTurnAsync(Here, 10, Test).AsTask();
        fair.Return(Here, 200);

        fair.TryTake(Here, 10).ShouldBe(Room.None);
        (large.IsCompleted, small.IsCompleted).ShouldBe((false, false));
        fair.Return(Here, 100);
        await large;
        fair.Return(Here, 10);
        await small;
        fair.TryTake(Here, 1).ShouldBe(Room.None);
    }

    [Fact]
    public async Task Waiting_OfSeveralAddresses_AreServedInTurnWhateverTheLengthOfTheirLines()
    {
        fair.TryTake(Here, Limit).ShouldBe(Room.Given);
        var crowd = Enumerable.Range(0, 50).Select(_ => fair.TakeInTurnAsync(First, 10, Test).AsTask()).ToArray();
        var one = fair.TakeInTurnAsync(Second, 10, Test).AsTask();

        fair.Return(Here, 20);

        await one;
        await Until.TrueAsync(() => crowd.Count(task => task.IsCompleted) == 1);
    }

    [Fact]
    public async Task Waiting_OfAnAddressThatHasHalf_DoesNotHoldUpOthers()
    {
        fair.TryTake(First, 500).ShouldBe(Room.Given);
        var more = fair.TakeInTurnAsync(First, 10, Test).AsTask();
        more.IsCompleted.ShouldBeFalse();

        fair.TryTake(Second, 100).ShouldBe(Room.Given);
        (await fair.TakeInTurnAsync(Second, 100, Test)).ShouldBeTrue();
        (await fair.TakeInTurnAsync(Here, 100, Test)).ShouldBeTrue();
        fair.Return(First, 10);
        (await more).ShouldBeTrue();
    }

    [Fact]
    public async Task Waiting_ThatIsCancelled_LeavesTheLineToTheNext()
    {
        using var leaving = new CancellationTokenSource();
        fair.TryTake(Here, Limit).ShouldBe(Room.Given);
        var large = fair.TakeInTurnAsync(Here, 900, leaving.Token).AsTask();
        var small = fair.TakeInTurnAsync(Here, 10, Test).AsTask();
        fair.Return(Here, 10);
        small.IsCompleted.ShouldBeFalse();

        await leaving.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(large);
        (await small).ShouldBeTrue();
        (fair.Waiting, share.Used).ShouldBe((0, Limit));
    }

    [Fact]
    public async Task Waiting_WhenAsManyDoAsMay_IsRefusedAtOnce()
    {
        var narrow = new FairShare(share, mostWaiting: 4);
        narrow.TryTake(Here, Limit).ShouldBe(Room.Given);
        var first = Enumerable.Range(0, 2).Select(_ => narrow.TakeInTurnAsync(First, 1, Test).AsTask()).ToArray();

        // One address has at most half of the waiting places once half of them are taken.
        (await narrow.TakeInTurnAsync(First, 1, Test)).ShouldBeFalse();
        var second = Enumerable.Range(0, 2).Select(_ => narrow.TakeInTurnAsync(Second, 1, Test).AsTask()).ToArray();
        (await narrow.TakeInTurnAsync(Here, 1, Test)).ShouldBeFalse();

        narrow.Return(Here, 4);
        (await Task.WhenAll(first.Concat(second))).ShouldAllBe(given => given);
    }

    [Fact]
    public async Task Waiting_IsServedByWhatOthersGiveBackToTheShare()
    {
        share.Take(Limit + 500);
        var waiting = fair.TakeInTurnAsync(Here, 100, Test).AsTask();

        share.Return(500);
        waiting.IsCompleted.ShouldBeFalse();
        share.Return(100);

        (await waiting).ShouldBeTrue();
    }

    [Fact]
    public async Task Charge_ForMoreThanTheWholeShare_GetsAllOfItInItsTurn()
    {
        using var small = fair.ChargeFor(Here);
        small.TryHold(10).ShouldBe(Room.Given);
        using var large = fair.ChargeFor(Here);
        var holding = large.HoldInTurnAsync(5000, Test).AsTask();
        holding.IsCompleted.ShouldBeFalse();

        small.Dispose();

        (await holding).ShouldBeTrue();
        (large.Held, share.Used).ShouldBe((Limit, Limit));
    }

    [Fact]
    public async Task ManyThreads_ThatTakeWaitAndLeave_LeaveNothingBehind()
    {
        CallerAddress[] callers = [Here, First, Second];
        await Task.WhenAll(Enumerable.Range(0, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            for (var i = 0; i < 2000; i++)
            {
                using var charge = fair.ChargeFor(callers[random.Next(3)]);
                using var leaving = new CancellationTokenSource();
                var holding = random.Next(3) == 0 ? default : charge.HoldInTurnAsync(random.Next(1, 400), leaving.Token);
                if (random.Next(4) == 0)
                {
                    await leaving.CancelAsync();
                }

                try
                {
                    await holding;
                }
                catch (OperationCanceledException)
                {
                    continue;
                }

                charge.TryHold(random.Next(1, 400));
                share.Used.ShouldBeLessThanOrEqualTo(Limit);
                charge.TryHold(random.Next(0, 5));
            }
        }, Test)));

        (fair.Waiting, share.Used).ShouldBe((0, 0L));
        fair.TryTake(First, 500).ShouldBe(Room.Given);
    }
}
