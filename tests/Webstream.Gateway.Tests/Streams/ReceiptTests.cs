using Webstream.Grains;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>Receipts of pushes that this gateway took, on their way to its own listeners.</summary>
public sealed class ReceiptTests
{
    [Fact]
    public async Task Receipt_ThatComesLate_StillBringsItsMessagesToThoseWhoFollow()
    {
        // Only the receipt can bring the messages: there is no event, no further report and no fetch.
        await using var rig = new StreamRig(grace: TimeSpan.FromMinutes(1), reportInterval: TimeSpan.FromHours(1));
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();
        var hung = new TaskCompletionSource();
        rig.Grain.BeforePush = () => hung.Task;
        var late = rig.Owner.PushAsync(Push("late")).AsTask();
        rig.Grain.BeforePush = null;
        await rig.Owner.PushAsync(Push("first"));

        (await follower.NextAsync()).Data.ShouldEndWith("] first");
        hung.SetResult();

        (await follower.NextAsync()).Data.ShouldEndWith("] late");
        (await late).First.ShouldBe(2);
        (rig.Arrived("receipt"), rig.Fetches).ShouldBe((2, 0));
    }

    [Fact]
    public async Task Receipts_OfPushesThatWentTogether_BringTheirMessagesInOrder()
    {
        await using var rig = new StreamRig(grace: TimeSpan.FromMinutes(1), reportInterval: TimeSpan.FromHours(1));
        await rig.Stream.StartAsync();
        var follower = await rig.FollowAsync();

        await rig.Owner.PushEachAsync([Push("a"), Push("b"), Push("c")]);

        foreach (var text in new[] { "a", "b", "c" })
        {
            (await follower.NextAsync()).Data.ShouldEndWith($"] {text}");
        }

        rig.Arrived("receipt").ShouldBe(3);
    }

    private static PushCommand Push(string text) => new([new() { Message = text }], text, TimeSpan.FromSeconds(5));
}
