using Webstream.Grains.History;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.History;

public class IdempotencyWindowTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;

    private readonly MemoryShare share = Budgets.Share(limit: 10_000);
    private readonly IdempotencyWindow window;

    public IdempotencyWindowTests() => window = new(share);

    [Fact]
    public void ForgetBefore_MessagesThatAreGone_ForgetsTheirKeys()
    {
        window.Remember(Key("a", 1, 2, Start));
        window.Remember(Key("b", 3, 1, Start));

        window.ForgetBefore(2);
        window.Find("a").ShouldNotBeNull();
        window.ForgetBefore(3);

        (window.Find("a"), window.Find("b")?.First).ShouldBe((null, 3));
    }

    [Fact]
    public void Used_KeysThatComeAndGo_IsWhatTheyWeigh()
    {
        window.Remember(Key("a", 1, 1, Start));
        window.Remember(Key(new string('k', 200), 2, 1, Start));
        share.Used.ShouldBe(window.Weight);
        window.Weight.ShouldBeGreaterThan(400);

        window.ForgetBefore(2);
        share.Used.ShouldBe(window.Weight);
        window.Clear();
        (share.Used, window.Weight, window.Count).ShouldBe((0, 0, 0));
    }

    [Fact]
    public void HasRoom_BeyondTheShare_ForgetsWhatNeedNotBeRememberedAnyLonger()
    {
        window.Remember(Key("old", 1, 1, Start));
        window.Remember(Key("new", 2, 1, Start + TimeSpan.FromMinutes(1)));
        window.HasRoom(Start + TimeSpan.FromHours(1)).ShouldBeTrue();
        window.Count.ShouldBe(2);

        // Others took the room.
        share.Take(10_000);
        window.HasRoom(Start + IdempotencyWindow.Least).ShouldBeFalse();
        window.Count.ShouldBe(2);
        window.HasRoom(Start + IdempotencyWindow.Least + TimeSpan.FromSeconds(1)).ShouldBeFalse();
        (window.Find("old"), window.Find("new")?.First).ShouldBe((null, 2));

        share.Return(10_000);
        window.HasRoom(Start).ShouldBeTrue();
    }

    [Fact]
    public void Find_ManyForgotten_StillFindsTheRest()
    {
        for (var i = 1; i <= 1000; i++)
        {
            window.Remember(Key($"k{i}", i, 1, Start));
        }

        window.ForgetBefore(990);

        window.Count.ShouldBe(11);
        Enumerable.Range(990, 11).ShouldAllBe(i => window.Find($"k{i}")!.First == i);
        window.Records.Select(record => record.First).ShouldBe(Enumerable.Range(990, 11).Select(i => (long)i));
    }

    private static KeyRecord Key(string key, long first, int count, DateTimeOffset at) => new(key, 1, first, count, at);
}
