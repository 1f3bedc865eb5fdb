using CsCheck;
using Webstream.Gateway.Streams;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Streams;

public sealed class GatewayStreamDisorderTests
{
    private static readonly Gen<(int Count, int Fate)[]> Pushes = Gen.Select(Gen.Int[1, 40], Gen.Int[0, 9]).Array[1, 40];

    [Fact]
    public async Task Stream_WhoseFeedDropsDoublesAndReorders_DeliversEachOnceAndInOrder() => await Pushes.SampleAsync(async pushes =>
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        var held = new List<StreamEvent>();
        foreach (var (count, fate) in pushes)
        {
            switch (fate)
            {
                case 0:
                    // The event is dropped.
                    rig.Grain.Push(count);
                    break;
                case 1:
                    held.Add(rig.Grain.Push(count));
                    break;
                case 2:
                    var doubled = rig.Grain.Push(count);
                    rig.Feed.Send(doubled);
                    rig.Feed.Send(doubled);
                    break;
                case 3:
                    rig.PushHere(count);
                    break;
                case 4:
                    rig.Feed.Send(rig.Grain.Push(count) with { Messages = [] });
                    break;
                case 5:
                    // The latest event comes first.
                    held.Reverse();
                    held.ForEach(rig.Feed.Send);
                    held.Clear();
                    goto default;
                default:
                    rig.Feed.Send(rig.Grain.Push(count));
                    break;
            }
        }

        held.ForEach(rig.Feed.Send);
        await follower.ExpectAsync(rig.Grain.Status.Epoch, 1, pushes.Sum(p => p.Count));
        rig.Stream.Position.ShouldBe(rig.Grain.Status.HeadId);
        (rig.Arrived("stream") + rig.Arrived("receipt") + rig.Arrived("fetch")).ShouldBe(rig.Grain.Status.Head);
    }, iter: 100, threads: 2);

    [Fact]
    public async Task Stream_WhoseFeedIsWhollySilent_DeliversByFetching()
    {
        await using var rig = new StreamRig();
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        rig.Feed.Forget();

        for (var i = 0; i < 20; i++)
        {
            rig.Grain.Push(50);
            await follower.ExpectAsync(0xe1, (i * 50) + 1, (i * 50) + 50);
        }

        rig.Arrived("fetch").ShouldBe(1000);
        // The gateway found the subscription dead and subscribed again.
        await Until.TrueAsync(() => rig.Feed.Count == 1);
    }

    [Fact]
    public async Task Stream_WhoseFeedCannotBeHad_DeliversByFetching()
    {
        await using var rig = new StreamRig();
        rig.Feed.BeforeSubscribe = () => Task.FromException(new TimeoutException());
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();

        rig.Grain.Push(300);

        await follower.ExpectAsync(0xe1, 1, 300);
        rig.Arrived("fetch").ShouldBe(300);
    }

    [Fact]
    public async Task Stream_WhoseFeedIsWhole_FetchesNothing()
    {
        // Gaps have a minute to close, so a message that a fetch brings here is a fault.
        await using var rig = new StreamRig(grace: TimeSpan.FromMinutes(1));
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        // The first message is pushed here, so that a grain's answer makes the epoch known before an event names it.
        rig.PushHere(1);

        for (var i = 0; i < 50; i++)
        {
            rig.Feed.Send(rig.Grain.Push(3));
            rig.PushHere(2);
        }

        await follower.ExpectAsync(0xe1, 1, 251);
        (rig.Arrived("stream"), rig.Arrived("receipt"), rig.Arrived("fetch"), rig.Fetches).ShouldBe((150, 101, 0, 0));
    }

    [Fact]
    public async Task Stream_WithAnEventBeforeTheFirstAnswer_HasItsMessagesAtOnce()
    {
        // There is only one report, and a gap has a minute to close: only the event can bring the message.
        await using var rig = new StreamRig(grace: TimeSpan.FromMinutes(1), reportInterval: TimeSpan.FromHours(1));
        rig.Grain.Push(2);
        var answer = new TaskCompletionSource();
        rig.Grain.AfterReport = () => answer.Task;
        await rig.Stream.StartAsync();
        await Until.TrueAsync(() => rig.Grain.Reports.Count == 1);
        rig.Feed.Send(rig.Grain.Push(1));
        rig.Stream.Position.ShouldBe(EventId.Zero);

        answer.SetResult();

        await Until.TrueAsync(() => rig.Stream.Position == new EventId(0xe1, 3));
        rig.Fetches.ShouldBe(0);
    }
}
