using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Streams;

public sealed class GatewayStreamJumpTests
{
    [Fact]
    public async Task Deletion_WhileListenersFollow_IsToldWithItsReasonAndThenWhatComes()
    {
        await using var rig = new StreamRig();
        rig.Grain.Life = 3;
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);

        rig.Feed.Send(rig.Grain.Delete(0xe2));

        (await VerdictAsync(follower)).ShouldBe(new(ResumeStatus.Reset, new(0xe1, 10), new(0xe2, 0), 0, Reason: ResumeVerdict.Deleted));
        rig.Feed.Send(rig.Grain.Push(2));
        await follower.ExpectAsync(0xe2, 1, 2);
    }

    [Fact]
    public async Task Gap_ThatCannotBeFilled_IsToldWithTheExactNumberMissed()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);

        rig.Grain.DropUpTo(100);
        rig.Grain.Push(90);
        rig.Feed.Send(rig.Grain.Push(20));

        (await VerdictAsync(follower)).ShouldBe(new(ResumeStatus.Gap, new(0xe1, 10), new(0xe1, 120), 20, 90));
        follower.LastEventId.ShouldBe("e1-10");
        await follower.ExpectAsync(0xe1, 101, 120);
    }

    [Fact]
    public async Task Gap_OfHistoryThatIsAllGone_IsToldAndHoldsUpNobody()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);

        rig.Grain.Push(5);
        rig.Grain.DropUpTo(15);
        // The listener is told that it is counted only when the stream is at the head. The stream gets there only by giving the gap up.
        var late = await rig.FollowAsync().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        (await VerdictAsync(follower)).ShouldBe(new(ResumeStatus.Gap, new(0xe1, 10), new(0xe1, 15), 0, 5));
        late.Start.ShouldBe(new(0xe1, 15));
        rig.Feed.Send(rig.Grain.Push(1));
        await follower.ExpectAsync(0xe1, 16, 16);
        await late.ExpectAsync(0xe1, 16, 16);
    }

    [Fact]
    public async Task Messages_WaitingBehindAHoleThatIsGivenUp_AreDeliveredAtOnce()
    {
        var time = new FakeTimeProvider();
        await using var rig = new StreamRig(time, grace: TimeSpan.FromMilliseconds(100), reportInterval: TimeSpan.FromHours(1));
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(1));
        await follower.ExpectAsync(0xe1, 1, 1);
        rig.Grain.Push(5);
        rig.Feed.Send(rig.Grain.Push(5));
        // These messages are gone by the time of the fetch, including messages that wait.
        rig.Grain.DropUpTo(8);

        await Until.TrueAsync(() => rig.Stream.Position.Sequence == 11, () => time.Advance(TimeSpan.FromMilliseconds(100)));

        (await VerdictAsync(follower)).Missed.ShouldBe(7);
        await follower.ExpectAsync(0xe1, 9, 11);
    }

    [Fact]
    public async Task Epoch_ThatBeginsWhileListenersFollow_IsToldAndThenItsRetainedMessages()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);

        rig.Grain.Lose(0xe2);
        rig.Grain.Push(30);
        rig.Grain.DropUpTo(12);

        (await VerdictAsync(follower)).ShouldBe(new(ResumeStatus.Reset, new(0xe1, 10), new(0xe2, 30), 18));
        await follower.ExpectAsync(0xe2, 13, 30);
        rig.Feed.Send(rig.Grain.Push(1));
        await follower.ExpectAsync(0xe2, 31, 31);
    }

    [Fact]
    public async Task Stream_ThatGivesWayWhileListenersFollow_IsToldWithTheReasonOnce()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);

        rig.Grain.Forget();
        (await VerdictAsync(follower)).ShouldBe(new(ResumeStatus.Reset, new(0xe1, 10), EventId.Zero, 0, Reason: ResumeVerdict.Forgotten));

        rig.Grain.Lose(0xe2);
        rig.Grain.Push(3);
        await follower.ExpectAsync(0xe2, 1, 3);
    }

    [Fact]
    public async Task Epoch_OnAnEventsWordAlone_IsNotEntered()
    {
        await using var rig = new StreamRig(reportInterval: TimeSpan.FromHours(1));
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);
        var reports = rig.Grain.Reports.Count;

        rig.Feed.Send(new(0xbad, 3, rig.Grain.Status.Activation, TestMessages.Range(0xbad, 1, 3)));
        // The stream asks the owner, and stays.
        await Until.TrueAsync(() => rig.Grain.Reports.Count > reports);

        rig.Feed.Send(rig.Grain.Push(1));
        await follower.ExpectAsync(0xe1, 11, 11);
    }

    [Fact]
    public async Task Stream_ThatLosesEverythingAndBeginsAnew_IsToldOnceAndBeginsWithTheFirstMessage()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Send(rig.Grain.Push(10));
        await follower.ExpectAsync(0xe1, 1, 10);

        rig.Grain.Lose(0);
        (await VerdictAsync(follower)).ShouldBe(new(ResumeStatus.Reset, new(0xe1, 10), EventId.Zero, 0));
        rig.Grain.Lose(0xe2);
        rig.Feed.Send(rig.Grain.Push(2));

        await follower.ExpectAsync(0xe2, 1, 2);
    }

    // Some of what the new epoch retains was pushed before anybody here listened, or comes from another cluster.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Epoch_ThatBeginsWhileListenersWithoutHistoryFollow_GivesThemWhatWasPushedFromNowOn(bool hadMessages)
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var old = DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1);
        if (hadMessages)
        {
            rig.Grain.Push(2, at: old);
        }

        var follower = await rig.FollowAsync(new() { HasSignedIds = true });
        var plain = await rig.FollowAsync();
        rig.Grain.Lose(0xe2);
        rig.Grain.Push(30, at: old);
        rig.Feed.Send(rig.Grain.Push(1, at: DateTimeOffset.UtcNow));

        if (hadMessages)
        {
            (await VerdictAsync(plain)).Replayed.ShouldBe(31);
            (await VerdictAsync(follower)).ShouldBe(rig.Secret.Signer.Sign(TestMessages.Stream, new ResumeVerdict(ResumeStatus.Reset, new(0xe1, 2), new(0xe2, 31), 0)));
        }

        await plain.ExpectAsync(0xe2, 1, 31);
        var first = await follower.NextAsync();
        first.Data.ShouldEndWith(" e2/31");
        first.EventId.ShouldBe(rig.Secret.Signer.Sign(TestMessages.Stream, new EventId(0xe2, 31)).ToString());
        rig.Feed.Send(rig.Grain.Push(1, at: DateTimeOffset.UtcNow));
        (await follower.NextAsync()).Data.ShouldEndWith(" e2/32");
    }

    [Fact]
    public async Task Epoch_OfAnOwnerWhoseClockIsFarBehind_IsNewsAllTheSame()
    {
        await using var rig = new StreamRig();
        DateTimeOffset Behind() => DateTimeOffset.UtcNow - TimeSpan.FromHours(1);
        rig.Grain.Clock = Behind;
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync(new() { HasSignedIds = true });

        rig.Feed.Send(rig.Grain.Push(1, at: Behind()));

        (await follower.NextAsync()).Data.ShouldEndWith(" e1/1");
    }

    private static async Task<ResumeVerdict> VerdictAsync(StreamFollower follower)
    {
        var item = await follower.NextAsync();
        item.EventType.ShouldBe("resume", item.Data);
        return JsonSerializer.Deserialize(item.Data, WireJson.Instance.ResumeVerdict)!;
    }
}
