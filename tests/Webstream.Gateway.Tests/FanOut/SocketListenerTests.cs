using System.Net.Sockets;
using System.Text.RegularExpressions;
using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Tests.FanOut;

public sealed partial class SocketListenerTests
{
    private readonly FanOutRig rig = new(Framing.Chunked);

    [Fact]
    public async Task Listener_BehindBySeveralMessages_GetsThemAllAsChunks()
    {
        using var follower = await SocketRig.FollowAsync(rig);
        follower.HasBegun.ShouldBeTrue();

        rig.Append(10);
        await rig.SignalAsync();

        var body = await follower.ReadAsync(10);
        Sequences(body).ShouldBe(Enumerable.Range(1, 10));
        body.ShouldEndWith("\n\n");
    }

    [Fact]
    public async Task Listener_ThatDoesNotRead_HoldsUpNobodyAndGetsEverythingOnceItDoes()
    {
        using var stalled = await SocketRig.FollowAsync(rig);
        using var other = await SocketRig.FollowAsync(rig);
        const int Count = 200;
        rig.Append(Count, padding: 10_000);
        var reading = other.ReadAsync(Count);
        await rig.SignalAsync();

        Sequences(await reading).ShouldBe(Enumerable.Range(1, Count));
        stalled.Listener.EndedBetweenFrames.ShouldBeFalse();
        Sequences(await stalled.ReadAsync(Count)).ShouldBe(Enumerable.Range(1, Count));
        rig.Group.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Listener_TooFarBehind_IsCutInTheMiddle()
    {
        rig.Options.MaxBehindBytes = 1_000_000;
        using var follower = await SocketRig.FollowAsync(rig);
        await StallAsync();

        rig.Append(200, padding: 10_000);
        await rig.SignalAsync();

        (await follower.Ended).ShouldBe(ListenerEnd.TooSlow);
        rig.Group.Count.ShouldBe(0);
        await Should.ThrowAsync<SocketException>(follower.ReadToEndAsync);
    }

    [Fact]
    public async Task Listener_WhoseClientHasGone_EndsWhenToldAndIsForgotten()
    {
        using var follower = await SocketRig.FollowAsync(rig);

        follower.Place.IsGivenBack.ShouldBeFalse();
        follower.Listener.RemoteClosed();

        (await follower.Ended).ShouldBe(ListenerEnd.Gone);
        rig.Group.Count.ShouldBe(0);
        follower.Place.IsGivenBack.ShouldBeTrue();
    }

    [Fact]
    public async Task Listener_WhoseClientGoesWhileAWriteIsStuck_IsNotWaitedFor()
    {
        using var follower = await SocketRig.FollowAsync(rig);
        await StallAsync();

        follower.Listener.RemoteClosed();

        (await follower.Ended).ShouldBe(ListenerEnd.Gone);
        rig.Group.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Listener_WhoseConnectionBreaks_EndsAtTheNextWriteAndTheOthersGoOn()
    {
        using var broken = await SocketRig.FollowAsync(rig);
        using var other = await SocketRig.FollowAsync(rig);
        broken.Client.Close(timeout: 0);

        // A reset may arrive after the first write.
        await Until.TrueAsync(() => rig.Group.Count == 1, () =>
        {
            rig.Append(1);
            rig.Buffer.Signal();
        });

        (await broken.Ended).ShouldBe(ListenerEnd.Gone);
        Sequences(await other.ReadAsync(1)).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task Listener_WhenTheGatewayDrains_IsToldWhenToComeBackAndTheBodyEnds()
    {
        using var follower = await SocketRig.FollowAsync(rig);
        rig.Append(3);
        await rig.SignalAsync();

        follower.Listener.End(ListenerEnd.Draining);

        var (body, isWhole) = await follower.ReadToEndAsync();
        Sequences(body).ShouldBe([1, 2, 3]);
        body.ShouldEndWith(SocketRig.FarewellText);
        isWhole.ShouldBeTrue();
        (await follower.Ended).ShouldBe(ListenerEnd.Draining);
    }

    [Fact]
    public async Task Listener_StalledWhenTheGatewayDrains_IsCutAndGetsNoFarewellInTheMiddleOfAFrame()
    {
        using var follower = await SocketRig.FollowAsync(rig);
        await StallAsync();
        follower.Listener.End(ListenerEnd.Draining);
        await rig.TurnAsync();

        rig.Shards.Sweep();
        await rig.TurnAsync();

        (await follower.Ended).ShouldBe(ListenerEnd.Draining);
        await Should.ThrowAsync<SocketException>(follower.ReadToEndAsync);
    }

    [Fact]
    public async Task Listener_GivenASocketThatIsClosedAlready_EndsAtOnce()
    {
        using var rigged = await SocketRig.FollowAsync(rig);
        var ended = new TaskCompletionSource<ListenerEnd>();
        rig.Group.Reserve();
        var listener = new SocketListener(rig.Group, rig.Buffer.EndCursor, new Connection(ended));
        var closed = new Socket(SocketType.Stream, ProtocolType.Tcp);
        closed.Dispose();

        listener.Take(closed, rigged.Place);

        (await ended.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe(ListenerEnd.Gone);
        rig.Group.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Turn_OverManySockets_AllocatesNothing()
    {
        var followers = new List<SocketRig>();
        for (var i = 0; i < 50; i++)
        {
            followers.Add(await SocketRig.FollowAsync(rig));
        }

        var before = rig.Buffer.End;

        // Nothing is signalled, so the shard rests and the test can take its turn here.
        Allocations.Of(((IShardWork)rig.Group).Run, prepare: () => rig.Append(1)).ShouldBe(0);

        rig.Buffer.End.ShouldBeGreaterThan(before);
        foreach (var follower in followers)
        {
            Sequences(await follower.ReadAsync(1))[0].ShouldBe(1);
            follower.Dispose();
        }
    }

    // Writes more than the kernel takes for a client that does not read.
    private async Task StallAsync()
    {
        rig.Append(30, padding: 10_000);
        await rig.SignalAsync();
        await Until.TrueAsync(() => rig.Group.Shard.Stalled == 1);
    }

    private static List<int> Sequences(string frames) =>
        [.. IdLine().Matches(frames).Select(match => int.Parse(match.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture))];

    [GeneratedRegex(@"^id: e-(\d+)$", RegexOptions.Multiline)]
    private static partial Regex IdLine();

    private sealed class Connection(TaskCompletionSource<ListenerEnd> ended) : IListenerRegistration
    {
        public void Began(Listener listener)
        {
        }

        public ReadOnlySpan<byte> Farewell(ListenerEnd reason) => default;

        public void Ended(ListenerEnd reason) => ended.SetResult(reason);
    }
}
