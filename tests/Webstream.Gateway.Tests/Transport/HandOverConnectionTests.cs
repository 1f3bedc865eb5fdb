using System.IO.Pipelines;
using System.Text;
using Webstream.Gateway.Connections;
using Webstream.Gateway.Tests.Connections;
using Webstream.Gateway.Transport;

namespace Webstream.Gateway.Tests.Transport;

public sealed class HandOverConnectionTests : IDisposable
{
    private readonly PlacesRig places = new();

    [Fact]
    public async Task Connection_CarriesBothWaysAndGivesItsPlaceBackWhenItIsDone()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        await rig.Client.SendAsync("GET /"u8.ToArray());
        (await rig.ReadAsync(5)).ShouldBe("GET /");
        await rig.Output.WriteAsync("HTTP/1.1 200"u8.ToArray(), TestContext.Current.CancellationToken);
        (await rig.ReceiveAsync(12)).ShouldBe("HTTP/1.1 200");
        places.Places.Open.ShouldBe(1);

        await rig.Connection.DisposeAsync();

        (await rig.EndsInOrderAsync()).ShouldBeTrue();
        places.Places.Open.ShouldBe(0);
        places.Share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Connection_WhoseClientEnds_EndsForTheWebServer()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);

        rig.Client.Shutdown(System.Net.Sockets.SocketShutdown.Send);

        (await rig.Input.ReadAsync(TestContext.Current.CancellationToken)).IsCompleted.ShouldBeTrue();
        await Until.TrueAsync(() => rig.Connection.ConnectionClosed.IsCancellationRequested);
        await rig.Connection.DisposeAsync();
    }

    [Fact]
    public async Task Connection_ThatIsCut_EndsForBothAndForWhatIsUnderWay()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        var reading = rig.Input.ReadAsync(TestContext.Current.CancellationToken).AsTask();

        rig.Place.Cut();

        (await rig.EndsInOrderAsync()).ShouldBeTrue();
        await Should.ThrowAsync<Microsoft.AspNetCore.Connections.ConnectionAbortedException>(reading);
        await Until.TrueAsync(() => rig.Connection.ConnectionClosed.IsCancellationRequested);
        await rig.Connection.DisposeAsync();
        places.Places.Open.ShouldBe(0);
    }

    [Fact]
    public async Task Connection_WhoseClientSaysMoreThanIsReadAhead_HoldsNoMoreAndIsChargedForIt()
    {
        const int ReadAhead = 64 * 1024;
        using var rig = await ConnectionRig.ConnectAsync(places, ReadAhead);
        var before = places.Share.Used;
        var kernel = rig.Accepted.ReceiveBufferSize;

        // Nobody reads from the connection.
        var taken = await rig.TalkAsync(10_000_000, () => places.Share.Used >= before + ReadAhead + kernel - (3 * 4096));

        places.Share.Used.ShouldBeLessThanOrEqualTo(before + ReadAhead + kernel + 4096);
        taken.ShouldBeLessThan(1_000_000);

        // Bytes that were read are not charged any more.
        while (places.Share.Used > before + kernel)
        {
            var read = await rig.Input.ReadAsync(TestContext.Current.CancellationToken);
            rig.Input.AdvanceTo(read.Buffer.End);
        }
    }

    [Fact]
    public async Task Connection_WhoseClientSaysTooMuchForTooLong_IsCut()
    {
        using var rig = await ConnectionRig.ConnectAsync(places, readAhead: 8192);
        var before = places.Share.Used;
        await rig.TalkAsync(10_000_000, () => places.Share.Used >= before + rig.Accepted.ReceiveBufferSize);

        await Until.TrueAsync(
            () => rig.Connection.ConnectionClosed.IsCancellationRequested, () => places.Time.Advance(SocketReader.MaxUnreadTime / 10));

        _ = await rig.EndsInOrderAsync();
        await rig.Connection.DisposeAsync();
        places.Share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Connection_ForWhoseUnreadBytesThereIsNoMemory_IsCutAtOnce()
    {
        using var small = new PlacesRig(memory: 16 * ConnectionPlace.ServedWeight);
        small.Share.Take(small.Share.Limit - (3 * ConnectionPlace.ServedWeight));
        using var rig = await ConnectionRig.ConnectAsync(small, readAhead: 8192);

        await rig.TalkAsync(10_000_000, () => rig.Connection.ConnectionClosed.IsCancellationRequested);

        rig.Connection.ConnectionClosed.IsCancellationRequested.ShouldBeTrue();
        await rig.Connection.DisposeAsync();
    }

    [Fact]
    public async Task HandOver_GivesTheOwnerTheSocketAfterWhatWasWritten()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        var owner = new OwnerDouble();
        rig.Connection.HandOverTo(owner, TimeSpan.FromSeconds(30), CancellationToken.None);
        rig.Place.IdleSince.ShouldBeNull();
        await rig.Output.WriteAsync("first"u8.ToArray(), TestContext.Current.CancellationToken);

        await rig.Connection.DisposeAsync();

        var socket = await owner.Taken;
        socket.Send(" second"u8);
        (await rig.ReceiveAsync(12)).ShouldBe("first second");
        (places.Places.Open, places.Places.Served, places.Share.Used).ShouldBe((1, 0, (long)ConnectionPlace.FollowingWeight));

        rig.Client.Dispose();
        await Until.TrueAsync(() => owner.Closed == 1);
        socket.Dispose();
        owner.Place!.Dispose();
        places.Places.Open.ShouldBe(0);
        owner.Closed.ShouldBe(1);
    }

    [Fact]
    public async Task HandOver_OfAConnectionWhoseClientHasGone_TellsTheOwner()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        var owner = new OwnerDouble();
        rig.Connection.HandOverTo(owner, TimeSpan.FromSeconds(30), CancellationToken.None);
        rig.Client.Dispose();
        await Until.TrueAsync(() => rig.Connection.ConnectionClosed.IsCancellationRequested);

        await rig.Connection.DisposeAsync();

        await owner.Taken;
        await Until.TrueAsync(() => owner.Closed == 1);
    }

    [Fact]
    public async Task HandOver_OfWhatTheClientDoesNotTake_IsClosedWhenTheTimeIsOver()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        var owner = new OwnerDouble();
        rig.Connection.HandOverTo(owner, TimeSpan.FromMilliseconds(50), CancellationToken.None);
        _ = rig.Output.WriteAsync(new byte[1_000_000], TestContext.Current.CancellationToken);

        await rig.Connection.DisposeAsync();

        (await owner.Taken).Connected.ShouldBeFalse();
        (await rig.EndsInOrderAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Owner_WhoseClientTalksOnAndOn_IsToldThatItHasGone()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        var owner = new OwnerDouble();
        rig.Connection.HandOverTo(owner, TimeSpan.FromSeconds(30), CancellationToken.None);
        await rig.Connection.DisposeAsync();
        await owner.Taken;

        var taken = await rig.TalkAsync(10_000_000, () => owner.Closed > 0);

        taken.ShouldBeGreaterThan(1_000_000);
        owner.Closed.ShouldBe(1);
    }

    [Fact]
    public async Task Owner_WhoseClientSaysALittle_KeepsIt()
    {
        using var rig = await ConnectionRig.ConnectAsync(places);
        var owner = new OwnerDouble();
        rig.Connection.HandOverTo(owner, TimeSpan.FromSeconds(30), CancellationToken.None);
        await rig.Connection.DisposeAsync();
        var socket = await owner.Taken;

        await rig.Client.SendAsync(Encoding.ASCII.GetBytes(new string('x', 10_000)));
        // The owner sees the end of the connection only after these bytes.
        await Until.TrueAsync(() => socket.Available == 0);
        owner.Closed.ShouldBe(0);

        rig.Client.Dispose();
        await Until.TrueAsync(() => owner.Closed == 1);
    }

    public void Dispose() => places.Dispose();
}
