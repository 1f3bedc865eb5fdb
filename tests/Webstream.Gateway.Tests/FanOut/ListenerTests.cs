using System.Text.RegularExpressions;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.FanOut;

public sealed partial class ListenerTests
{
    private readonly FanOutRig rig = new();

    [Fact]
    public async Task Listener_BehindBySeveralMessages_GetsThemInOneWrite()
    {
        var listener = rig.Follow();
        await rig.TurnAsync();

        rig.Append(10);
        await rig.SignalAsync();

        listener.Writer.Flushes.ShouldBe(1);
        Sequences(listener.Read()).ShouldBe(Enumerable.Range(1, 10));
    }

    [Fact]
    public async Task Listener_ThatCannotTakeMore_HoldsUpNobodyAndThenGetsTheRestInOneWrite()
    {
        var stalled = rig.Follow();
        var other = rig.Follow();
        var received = "";
        for (var i = 0; i < 100; i++)
        {
            rig.Append(1, padding: 100);
            await rig.SignalAsync();
            received += other.Read();
        }

        Sequences(received).ShouldBe(Enumerable.Range(1, 100));
        var flushes = stalled.Writer.Flushes;
        var first = stalled.Read();
        await rig.TurnAsync();
        first += stalled.Read();

        stalled.Writer.Flushes.ShouldBe(flushes + 1);
        Sequences(first).ShouldBe(Enumerable.Range(1, 100));
    }

    [Fact]
    public async Task Listener_TooManyMessagesBehind_IsCut()
    {
        rig.Options.MaxBehindMessages = 100;
        var listener = await StalledAsync();

        rig.Append(99);
        await rig.SignalAsync();
        listener.IsAborted.ShouldBeFalse();
        rig.Append(2);
        await rig.SignalAsync();

        (await listener.Ended).ShouldBe(ListenerEnd.TooSlow);
        listener.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task Listener_TooManyBytesBehind_IsCut()
    {
        rig.Options.MaxBehindBytes = 100_000;
        var listener = await StalledAsync();

        rig.Append(1, padding: 90_000);
        await rig.SignalAsync();
        listener.IsAborted.ShouldBeFalse();
        rig.Append(1, padding: 10_000);
        await rig.SignalAsync();

        (await listener.Ended).ShouldBe(ListenerEnd.TooSlow);
        listener.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task Listener_BehindForTooLong_IsCutByTheSweepAlone()
    {
        rig.Options.MaxBehindTime = TimeSpan.FromSeconds(30);
        var listener = await StalledAsync();

        rig.Time.Advance(TimeSpan.FromSeconds(30));
        await SweepAsync();
        listener.IsAborted.ShouldBeFalse();
        rig.Time.Advance(TimeSpan.FromSeconds(1));
        await SweepAsync();

        (await listener.Ended).ShouldBe(ListenerEnd.TooSlow);
        listener.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task Listener_ThatCaughtUpBetween_IsNotCutForTheTimeBefore()
    {
        rig.Options.MaxBehindTime = TimeSpan.FromSeconds(30);
        var listener = await StalledAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(29));
        listener.Read();
        await rig.TurnAsync();

        rig.Append(1, padding: 5000);
        await rig.SignalAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(29));
        await SweepAsync();

        listener.IsAborted.ShouldBeFalse();
        listener.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Listener_ThatIsIdleForLong_IsNotCut()
    {
        var listener = rig.Follow();
        rig.Append(1);
        await rig.SignalAsync();

        rig.Time.Advance(TimeSpan.FromDays(1));
        await SweepAsync();
        rig.Append(1);
        await rig.SignalAsync();

        Sequences(listener.Read()).ShouldBe([1, 2]);
        listener.Ended.IsCompleted.ShouldBeFalse();
    }

    [Theory]
    [InlineData(ListenerEnd.Gone)]
    [InlineData(ListenerEnd.Draining)]
    public async Task Listener_AskedToEnd_EndsWithTheFirstReasonAndWritesNothingMore(object reason)
    {
        var listener = rig.Follow();
        listener.Listener.End((ListenerEnd)reason);
        listener.Listener.End(ListenerEnd.TooSlow);

        (await listener.Ended).ShouldBe((ListenerEnd)reason);
        rig.Group.Count.ShouldBe(0);
        listener.Listener.EndedBetweenFrames.ShouldBeTrue();
        rig.Append(1);
        await rig.SignalAsync();
        listener.Listener.WriteOn();
        listener.Writer.Flushes.ShouldBe(0);
    }

    [Fact]
    public async Task Listener_WhoseClientWentAway_EndsAtTheNextWrite()
    {
        var listener = rig.Follow();
        listener.Leave();
        rig.Append(1);
        await rig.SignalAsync();

        (await listener.Ended).ShouldBe(ListenerEnd.Gone);
        rig.Group.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Listener_WhosePipeFails_EndsAloneAndTheOthersGoOn()
    {
        var failing = rig.Follow();
        var other = rig.Follow();
        failing.Writer.Failure = new InvalidOperationException("completed");
        rig.Append(1);
        await rig.SignalAsync();

        (await failing.Ended).ShouldBe(ListenerEnd.Gone);
        Sequences(other.Read()).ShouldBe([1]);
        rig.Group.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Listener_StalledWhenTheGatewayDrains_IsCutByTheSweep()
    {
        var listener = await StalledAsync();
        listener.Listener.End(ListenerEnd.Draining);
        await rig.TurnAsync();
        listener.Ended.IsCompleted.ShouldBeFalse();

        await SweepAsync();

        (await listener.Ended).ShouldBe(ListenerEnd.Draining);
        listener.IsAborted.ShouldBeTrue();
    }

    [Fact]
    public async Task Listener_EndedWithinALongFrame_SaysThatNothingMayFollow()
    {
        var listener = rig.Follow();
        // One turn writes 64 KiB, so this frame needs two.
        rig.Append(1, padding: 100_000);
        await rig.SignalAsync();
        listener.Listener.End(ListenerEnd.Draining);
        listener.Read();

        (await listener.Ended).ShouldBe(ListenerEnd.Draining);
        listener.Listener.EndedBetweenFrames.ShouldBeFalse();
    }

    [Fact]
    public async Task Group_WhenListenersLeaveInAnyOrder_StillServesTheOthers()
    {
        var listeners = Enumerable.Range(0, 10).Select(_ => rig.Follow()).ToList();
        foreach (var index in new[] { 9, 0, 4, 3 })
        {
            listeners[index].Listener.End(ListenerEnd.Gone);
            (await listeners[index].Ended).ShouldBe(ListenerEnd.Gone);
            listeners.RemoveAt(index >= listeners.Count ? listeners.Count - 1 : index);
        }

        rig.Append(3);
        await rig.SignalAsync();

        rig.Group.Count.ShouldBe(6);
        listeners.ShouldAllBe(listener => Sequences(listener.Read()).SequenceEqual(Enumerable.Range(1, 3)));
    }

    // A listener whose pipe is full and for which the frame buffer has nothing more.
    private async Task<PipeListener> StalledAsync()
    {
        var listener = rig.Follow();
        rig.Append(1, padding: 5000);
        await rig.SignalAsync();
        listener.Writer.Flushes.ShouldBe(1);
        return listener;
    }

    private async Task SweepAsync()
    {
        rig.Shards.Sweep();
        await rig.TurnAsync();
    }

    private static IEnumerable<int> Sequences(string frames) =>
        IdLine().Matches(frames).Select(match => int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture));

    [GeneratedRegex(@"^id: e-(\d+)$", RegexOptions.Multiline)]
    private static partial Regex IdLine();

    [Fact]
    public async Task Listener_ThatHasReadTheEnd_Ends()
    {
        var rig = new FanOutRig();
        var (reads, slow) = (rig.Follow(), rig.Follow());
        await rig.TurnAsync();
        rig.Append(1, padding: 8000);
        rig.Append(1);
        await rig.SignalAsync();
        rig.AppendEnd();
        rig.Buffer.AppendKeepalive();
        await rig.SignalAsync();

        // What it has not taken is still to come: the word that the stream has ended does not end it.
        slow.Ended.IsCompleted.ShouldBeFalse();
        var text = "";
        while (!reads.Ended.IsCompleted)
        {
            text += reads.Read();
            await rig.TurnAsync();
        }

        text += reads.Read();
        (await reads.Ended).ShouldBe(ListenerEnd.Ended);
        text.ShouldEndWith("event: end\ndata: {\"id\":\"e-3\",\"timestamp\":\"1970-01-01T00:00:00.000000+00:00\"}\nid: e-3\n\n");
        reads.Listener.EndedBetweenFrames.ShouldBeTrue();
        slow.Ended.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Listener_ThatComesAfterTheEndWasLeft_FollowsOn()
    {
        var rig = new FanOutRig();
        var before = rig.Follow();
        await rig.TurnAsync();
        rig.AppendEnd();
        rig.Buffer.Append(new ResumeVerdict(ResumeStatus.Reset, new(FanOutRig.Epoch, 1), new(0xf, 0), 0), new(0xf, 0));
        var after = rig.Follow();
        await rig.SignalAsync();

        (await before.Ended).ShouldBe(ListenerEnd.Ended);
        before.Read().ShouldNotContain("resume");
        rig.Buffer.Append(TestMessages.Numbered(0xf, 1));
        await rig.SignalAsync();
        after.Read().ShouldContain("id: f-1\n");
        after.Ended.IsCompleted.ShouldBeFalse();
    }
}
