using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Hosting;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Listening;
using Webstream.Gateway.Transport;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Listening;

/// <summary>A listener's connection from its request to its end, without a web server and without a cluster.</summary>
public sealed partial class ListenerConnectionTests
{
    [Fact]
    public async Task Listener_ThatTheWebServerWritesTo_FollowsAndIsCountedUntilItsClientHasGone()
    {
        using var rig = new ListenersRig();
        var client = rig.Connect();
        (await client.ReadUntilAsync(text => text.EndsWith("id: 0-0\n\n", StringComparison.Ordinal)))
            .ShouldStartWith("retry: 2000\nevent: cut\n\ndata: Connected at ");
        rig.IsInUse.ShouldBeTrue();

        rig.Push(2);
        (await client.ReadUntilAsync(text => text.Contains("e1/2\n", StringComparison.Ordinal))).ShouldContain("e1/1\n");
        client.Running.IsCompleted.ShouldBeFalse();
        await client.LeaveAsync();

        await client.Running;
        rig.Ends.ShouldBe("Gone");
        rig.IsInUse.ShouldBeFalse();
        client.IsCut.ShouldBeFalse();
    }

    [Fact]
    public async Task Listener_WhoseSocketIsHandedOver_IsCountedUntilItsSocketIsClosed()
    {
        using var rig = new ListenersRig();
        var handOver = new HandOverDouble();
        var client = rig.Connect(handOver: handOver);

        await client.Running;

        client.Context.Response.Headers.Connection.ToString().ShouldBe("close");
        // One chunk, and no last one.
        (await client.ReadAsync()).ShouldMatch(@"^[0-9a-f]+\r\nretry: 2000\n(.|\n)*id: 0-0\n\n\r\n$");
        (handOver.Within, handOver.Owner).ShouldBe((rig.Options.MaxBehindTime, handOver.Owner.ShouldBeOfType<SocketListener>()));
        rig.Ends.ShouldBeEmpty();
        rig.Memory.Held.Share.Used.ShouldBeGreaterThan(0);
        using var place = new CancellationTokenSource();
        using var remote = await ConnectAsync(handOver.Owner, place);
        (rig.Limit.Taken, rig.Memory.Held.Share.Used).ShouldBe((1, 0L));

        handOver.Owner.RemoteClosed();

        await Until.TrueAsync(() => !rig.IsInUse);
        rig.Ends.ShouldBe("Gone");
        Should.Throw<ObjectDisposedException>(() => place.Token);
    }

    [Fact]
    public async Task Listener_WhileTheOwnerDoesNotAnswer_GetsTheOpeningANoticeAndKeepalives()
    {
        using var rig = new ListenersRig();
        var answers = new TaskCompletionSource();
        rig.Grain.BeforeReport = _ => answers.Task;
        var client = rig.Connect();
        (await client.ReadAsync()).ShouldBeEmpty();

        await PassAsync(TimeSpan.FromMilliseconds(50), "retry: 2000\nevent: cut\n\n");
        await PassAsync(TimeSpan.FromSeconds(1), ": waiting for the cluster\n");
        await PassAsync(rig.Options.Keepalive, ": keepalive\n\n");
        await PassAsync(rig.Options.Keepalive, ": keepalive\n\n: keepalive\n\n");
        answers.SetResult();

        (await client.ReadUntilAsync(text => text.Contains("Connected at ", StringComparison.Ordinal))).ShouldNotContain("waiting for room");
        await client.LeaveAsync();
        await client.Running;

        async Task PassAsync(TimeSpan time, string end)
        {
            rig.Time.Advance(time);
            await client.ReadUntilAsync(text => text.EndsWith(end, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Listener_WhenTheGatewayShutsDown_EndsInOrderAfterTheTimeToComeBack()
    {
        using var rig = new ListenersRig();
        var client = rig.Connect();
        await client.ReadUntilAsync(text => text.Contains("Connected at ", StringComparison.Ordinal));

        await rig.DrainUntilAsync(() => client.Running.IsCompleted);

        await client.Running;
        Farewell().IsMatch(await client.ReadAsync()).ShouldBeTrue();
        rig.Ends.ShouldBe("Draining");
        (client.IsCut, rig.IsInUse).ShouldBe((false, false));
    }

    [Fact]
    public async Task Listener_ThatIsStillHeldWhenTheGatewayShutsDown_EndsInOrderToo()
    {
        using var rig = new ListenersRig();
        rig.Grain.BeforeReport = _ => new TaskCompletionSource().Task;
        var client = rig.Connect(handOver: new HandOverDouble());

        await rig.DrainUntilAsync(() => client.Running.IsCompleted);

        await client.Running;
        var text = await client.ReadAsync();
        text.ShouldContain("retry: 2000\nevent: cut\n\n");
        // The socket stays with the web server, so the last chunk is written here.
        text.ShouldEndWith("\n\n\r\n0\r\n\r\n");
        (rig.Ends, rig.Limit.Taken, client.IsCut).ShouldBe(("Draining", 0, false));
    }

    [Fact]
    public async Task Listener_ThatReplays_GetsItsVerdictAndTheHistoryAndThenFollows()
    {
        using var rig = new ListenersRig();
        rig.Grain.Push(1000);
        var client = rig.Connect(lastEventId: "e1-400");

        var text = await client.ReadUntilAsync(text => text.Contains("e1/1000\n", StringComparison.Ordinal));
        rig.Push(1);
        text = await client.ReadUntilAsync(text => text.Contains("e1/1001\n", StringComparison.Ordinal));

        text.ShouldContain("event: resume\n");
        Sequence().Matches(text).Select(match => int.Parse(match.Groups[1].ValueSpan, null)).ShouldBe(Enumerable.Range(401, 601));
        rig.Memory.Replays.Share.Used.ShouldBe(0);
        await client.LeaveAsync();
        await client.Running;
    }

    [Fact]
    public async Task Listener_WhoseClientTakesNothingOfTheHistory_IsCutAndGetsNoMore()
    {
        using var rig = new ListenersRig();
        rig.Grain.Push(1000, padding: 100);
        var client = rig.Connect("?history=1000", writeAhead: 32 * 1024);
        await Until.TrueAsync(() => rig.Memory.Replays.Share.Used > 0);
        rig.Time.Advance(rig.Options.MaxBehindTime - TimeSpan.FromSeconds(1));
        client.Running.IsCompleted.ShouldBeFalse();

        await Until.TrueAsync(() => client.Running.IsCompleted, () => rig.Time.Advance(TimeSpan.FromSeconds(1)));

        await client.Running;
        (rig.Ends, client.IsCut, rig.IsInUse).ShouldBe(("TooSlow", true, false));
    }

    [Fact]
    public async Task Listener_ThatTheShutdownFindsInTheMiddleOfAPage_IsCutBecauseNothingMayFollow()
    {
        using var rig = new ListenersRig();
        rig.Grain.Push(1000, padding: 100);
        var client = rig.Connect("?history=1000", writeAhead: 32 * 1024);
        await Until.TrueAsync(() => rig.Memory.Replays.Share.Used > 0);

        await rig.DrainUntilAsync(() => client.Running.IsCompleted);

        await client.Running;
        (rig.Ends, client.IsCut, rig.IsInUse).ShouldBe(("Draining", true, false));
        Farewell().IsMatch(await client.ReadAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Listener_ForWhichThereIsNoMemoryAndNoPlaceToWait_IsSentAway()
    {
        using var rig = new ListenersRig(memory: new() { Limit = 1L << 30, Held = 1 << 20 });
        using var all = rig.Memory.Held.ChargeFor(default);
        all.TryHold(rig.Memory.Held.Limit);
        var waiting = new List<Task<bool>>();
        while (waiting.Count == 0 || !waiting[^1].IsCompleted)
        {
            waiting.Add(rig.Memory.Held.ChargeFor(default).HoldInTurnAsync(1, CancellationToken.None).AsTask());
        }

        var client = rig.Connect();

        await client.Running;
        (await client.ReadAsync()).ShouldMatch(@"^[0-9a-f]+\r\nretry: [0-9]{4,5}\nevent: cut\n\n\r\n$");
        (rig.Ends, rig.Limit.Taken).ShouldBe(("NoRoom", 0));
    }

    [Fact]
    public async Task Listener_WhoseKeyIsRevokedWhileItWaitsForRoom_IsNotGreeted()
    {
        using var rig = new ListenersRig(access: new() { Read = ReadPolicy.Key });
        using var all = rig.Memory.Held.ChargeFor(default);
        all.TryHold(rig.Memory.Held.Limit);
        var (client, revoke) = await rig.ConnectWithKeyAsync();
        rig.Time.Advance(TimeSpan.FromMilliseconds(50));
        await client.ReadUntilAsync(text => text.Contains("event: cut", StringComparison.Ordinal));

        revoke();
        // From here on the clock stands still: the look at all listeners, each second, does not come.
        rig.Time.Advance(KeyRing.Fresh + TimeSpan.FromMilliseconds(1));
        all.Dispose();

        await client.Running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        (await client.ReadAsync()).ShouldSatisfyAllConditions(
            text => text.ShouldContain("event: denied"),
            text => text.ShouldNotContain("Connected at"));
        rig.Ends.ShouldBe("Denied");
    }

    [Fact]
    public async Task Listener_WhoseResponseBreaks_IsNotCountedAnyMore()
    {
        using var rig = new ListenersRig();
        rig.Grain.BeforeReport = _ => new TaskCompletionSource().Task;
        var client = rig.Connect();
        client.Break();

        await Until.TrueAsync(() => client.Running.IsCompleted, () => rig.Time.Advance(TimeSpan.FromMilliseconds(50)));

        await Should.ThrowAsync<InvalidOperationException>(client.Running);
        (rig.Ends, rig.IsInUse).ShouldBe(("Gone", false));
    }

    [Fact]
    public async Task Listeners_AsManyAsThereArePlaces_AreOpened()
    {
        using var rig = new ListenersRig(new() { Max = 1 });
        var first = rig.Connect();
        rig.TryConnect().ShouldBeNull();

        await first.LeaveAsync();
        await first.Running;

        var second = rig.Connect();
        await second.LeaveAsync();
        await second.Running;
        rig.Ends.ShouldBe("Gone, Gone");
    }

    private static async Task<Socket> ConnectAsync(ISocketOwner owner, IDisposable place)
    {
        using var listening = new Socket(SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(listening.LocalEndPoint!);
        owner.Take(await listening.AcceptAsync(), place);
        return client;
    }

    [GeneratedRegex(@"\n\nretry: [0-9]{4,5}\n\n$")]
    private static partial Regex Farewell();

    [GeneratedRegex(@"e1/([0-9]+)\n")]
    private static partial Regex Sequence();

    private sealed class HandOverDouble : ISocketHandOver
    {
        public ISocketOwner? Owner { get; private set; }

        public TimeSpan Within { get; private set; }

        public void HandOverTo(ISocketOwner owner, TimeSpan within, CancellationToken hurry) => (Owner, Within) = (owner, within);
    }
}
