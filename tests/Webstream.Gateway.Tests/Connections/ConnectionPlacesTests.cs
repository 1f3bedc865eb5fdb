using Webstream.Gateway.Connections;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Tests.Connections;

public sealed class ConnectionPlacesTests : IDisposable
{
    private const long Weight = ConnectionPlace.ServedWeight;

    private readonly PlacesRig rig = new();

    [Fact]
    public async Task Place_TakenHandedOverAndGivenBack_IsChargedForWhatItWeighs()
    {
        var (place, _) = await rig.ServeAsync();
        (rig.Places.Open, rig.Places.Served, rig.Share.Used).ShouldBe((1, 1, Weight));

        place.HandedOver();
        (rig.Places.Open, rig.Places.Served, rig.Share.Used).ShouldBe((1, 0, (long)ConnectionPlace.FollowingWeight));

        place.Dispose();
        place.Dispose();
        (rig.Places.Open, rig.Places.Served, rig.Share.Used).ShouldBe((0, 0, 0L));
    }

    [Fact]
    public async Task Connection_BeyondTheUsual_WaitsAndGetsThePlaceThatBecomesFree()
    {
        var all = await rig.FillAsync();
        all.ForEach(connection => connection.Place.RequestBegan());
        var waiting = rig.EnterAsync();
        waiting.IsCompleted.ShouldBeFalse();
        rig.Places.Waiting.ShouldBe(1);

        all[3].Place.Dispose();

        (await waiting).ShouldNotBeNull().IsReserve.ShouldBeFalse();
        (rig.Places.Open, rig.Places.Waiting).ShouldBe((8, 0));
        rig.Lines.ShouldBeEmpty();
    }

    [Fact]
    public async Task Connection_BeyondTheUsualForLonger_GetsOneOfTheReserve()
    {
        (await rig.FillAsync()).ForEach(connection => connection.Place.RequestBegan());
        var waiting = rig.EnterAsync();

        await rig.PassUntilAsync(() => waiting.IsCompleted);

        (await waiting).ShouldNotBeNull().IsReserve.ShouldBeTrue();
        // The next connection need not wait: by now it is known that no place becomes free.
        (await rig.ServeAsync()).Place.IsReserve.ShouldBeTrue();
        rig.Places.Reserved.ShouldBe(2);
    }

    [Fact]
    public async Task Connection_BeyondTheReserve_WaitsUntilOneOfItHasGone()
    {
        (await rig.FillAsync()).ForEach(connection => connection.Place.RequestBegan());
        var first = rig.EnterAsync();
        await rig.PassUntilAsync(() => first.IsCompleted);
        var reserved = (await first)!;
        reserved.RequestBegan();
        (await rig.ServeAsync()).Place.RequestBegan();
        var waiting = rig.EnterAsync();
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        waiting.IsCompleted.ShouldBeFalse();

        reserved.Dispose();

        await rig.PassUntilAsync(() => waiting.IsCompleted);
        (await waiting).ShouldNotBeNull().IsReserve.ShouldBeTrue();
    }

    [Fact]
    public async Task Reserve_ThatIsUsedUpForLong_IsTakenFromThoseThatHaveIt()
    {
        (await rig.FillAsync()).ForEach(connection => connection.Place.RequestBegan());
        var first = rig.EnterAsync();
        await rig.PassUntilAsync(() => first.IsCompleted);
        var held = (await first)!;
        var connection = new ServedDouble(held);
        held.ServedBy(connection);
        held.RequestBegan();
        (await rig.ServeAsync()).Place.RequestBegan();

        var waiting = rig.EnterAsync();
        await rig.PassUntilAsync(() => waiting.IsCompleted);

        connection.IsCut.ShouldBeTrue();
        (await waiting).ShouldNotBeNull();
    }

    [Fact]
    public async Task Reserved_WhenAUsualPlaceIsFree_MayStay()
    {
        var all = await rig.FillAsync();
        all.ForEach(connection => connection.Place.RequestBegan());
        var waiting = rig.EnterAsync();
        await rig.PassUntilAsync(() => waiting.IsCompleted);
        var reserved = (await waiting)!;
        reserved.TryKeep().ShouldBeFalse();

        all[0].Place.Dispose();

        reserved.TryKeep().ShouldBeTrue();
        (reserved.IsReserve, rig.Places.Reserved, rig.Places.Open).ShouldBe((false, 0, 8));
    }

    [Fact]
    public async Task Idle_WhenOthersNeedAPlace_IsClosedTheLongestIdleFirst()
    {
        var all = await rig.FillAsync();
        foreach (var (place, _) in all)
        {
            place.RequestBegan();
        }

        all[5].Place.RequestEnded();
        rig.Time.Advance(TimeSpan.FromSeconds(2));
        all[2].Place.RequestEnded();
        var waiting = rig.EnterAsync();

        await rig.PassUntilAsync(() => waiting.IsCompleted);

        (await waiting).ShouldNotBeNull().IsReserve.ShouldBeFalse();
        (all[5].Connection.IsCut, all[2].Connection.IsCut).ShouldBe((true, false));
        all.Count(connection => connection.Connection.IsCut).ShouldBe(1);
        rig.Places.ClosedIdle.ShouldBe(1);
    }

    [Fact]
    public async Task Idle_ForLessThanAMoment_IsLeftAlone()
    {
        (await rig.FillAsync()).ForEach(connection => connection.Place.RequestBegan());
        using var end = new CancellationTokenSource();
        var first = rig.EnterAsync();
        await rig.PassUntilAsync(() => first.IsCompleted);
        var (fresh, connection) = await rig.ServeAsync();

        var waiting = rig.EnterAsync(end: end);
        rig.Time.Advance(TimeSpan.FromMilliseconds(500));

        connection.IsCut.ShouldBeFalse();
        fresh.IdleSince.ShouldNotBeNull();
        await end.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(waiting);
        rig.Places.Waiting.ShouldBe(0);
    }

    [Fact]
    public async Task Idle_WhoseRequestHasBegunToCome_HasTimeForIt()
    {
        var all = await rig.FillAsync();
        all.ForEach(connection => connection.Place.RequestBegan());
        all[1].Place.RequestEnded();
        all[1].Place.Heard();
        all[6].Place.RequestEnded();
        rig.Time.Advance(IdleConnections.HeadTime - TimeSpan.FromSeconds(1));
        var waiting = rig.EnterAsync();
        await rig.PassUntilAsync(() => waiting.IsCompleted);
        (all[1].Connection.IsCut, all[6].Connection.IsCut).ShouldBe((false, true));
        (await waiting)!.RequestBegan();

        rig.Time.Advance(TimeSpan.FromSeconds(1));
        var next = rig.EnterAsync();
        await rig.PassUntilAsync(() => next.IsCompleted);

        all[1].Connection.IsCut.ShouldBeTrue();
        (await next).ShouldNotBeNull().IsReserve.ShouldBeFalse();
    }

    [Fact]
    public async Task Memory_UsedUp_LeavesThePlacesFreeAndTakesInNobody()
    {
        using var small = new PlacesRig(usual: 1000, reserve: 2, memory: 16 * Weight);
        var places = new List<ConnectionPlace>();
        for (var i = 0; i < 14; i++)
        {
            places.Add((await small.ServeAsync()).Place);
        }

        places.ForEach(place => place.RequestBegan());
        var waiting = small.EnterAsync();
        waiting.IsCompleted.ShouldBeFalse();

        // Four listeners weigh as much as one connection of the web server.
        places[0].HandedOver();
        places[1].HandedOver();

        (await waiting).ShouldNotBeNull().IsReserve.ShouldBeFalse();
    }

    [Fact]
    public async Task Full_ForAWhile_IsOneLineAtTheBeginningAndOneAtTheEnd()
    {
        var all = await rig.FillAsync();
        all.ForEach(connection => connection.Place.RequestBegan());
        for (var i = 0; i < 20; i++)
        {
            var waiting = rig.EnterAsync();
            await rig.PassUntilAsync(() => waiting.IsCompleted);
            (await waiting)!.Dispose();
            rig.Time.Advance(TimeSpan.FromSeconds(7));
        }

        rig.Lines.ShouldHaveSingleItem().ShouldContain("9 connections are open");

        all.ForEach(connection => connection.Place.Dispose());
        rig.Time.Advance(Condition.Calm);
        rig.Lines.Length.ShouldBe(2);
        rig.Lines[1].ShouldBe("There is room for connections again");
    }

    [Fact]
    public async Task Full_WhenTheProcessHasMoreFilesOfItsOwn_IsMeasuredAgain()
    {
        (await rig.FillAsync()).ForEach(connection => connection.Place.RequestBegan());
        rig.Limits = new(20, 2);
        rig.Time.Advance(TimeSpan.FromSeconds(20));
        var waiting = rig.EnterAsync();

        await rig.PassUntilAsync(() => waiting.IsCompleted);
        (await waiting).ShouldNotBeNull();

        rig.Places.Limits.ShouldBe(new(20, 2));
    }

    [Fact]
    public async Task Address_HasAsManyPlacesAsOneMayHave_AndATrustedProxyAnyNumber()
    {
        using var limited = new PlacesRig(mostOfOne: 2, proxies: "192.0.2.0/24");
        for (var i = 0; i < 4; i++)
        {
            await limited.ServeAsync("192.0.2.9");
        }

        var (first, _) = await limited.ServeAsync("203.0.113.7");
        await limited.ServeAsync("203.0.113.7");
        (await limited.EnterAsync("203.0.113.7")).ShouldBeNull();
        limited.Lines.ShouldHaveSingleItem().ShouldContain("Webstream__Limits__Connections");

        first.Dispose();

        await limited.ServeAsync("203.0.113.7");
    }

    [Fact]
    public async Task Address_WithHalfOfAllPlaces_LeavesTheRestToOthers()
    {
        for (var i = 0; i < 5; i++)
        {
            await rig.ServeAsync("203.0.113.7");
        }

        // Five places are half of ten, but only now are more than half of the places taken.
        await rig.ServeAsync("203.0.113.8");

        (await rig.EnterAsync("::ffff:203.0.113.7")).ShouldBeNull();
        await rig.ServeAsync("203.0.113.8");
        await rig.ServeAsync();
        rig.Troubles.RefusedAddresses.ShouldBe(1);
        rig.Lines.ShouldHaveSingleItem().ShouldContain("203.0.113.7");
    }

    [Fact]
    public async Task Address_OfThisMachine_MayHaveAll() => (await rig.FillAsync()).Count.ShouldBe(8);

    [Fact]
    public async Task Charge_BeyondTheShare_CutsTheConnectionThatAsksForIt()
    {
        using var small = new PlacesRig(memory: 16 * Weight);
        var (place, connection) = await small.ServeAsync();
        place.TryCharge(10 * Weight).ShouldBeTrue();
        small.Share.Used.ShouldBe(11 * Weight);

        place.TryCharge(4 * Weight).ShouldBeFalse();

        await Until.TrueAsync(() => connection.IsCut);
        place.Uncharge(10 * Weight);
        small.Share.Used.ShouldBe(0);
    }

    [Fact]
    public void Share_TooSmallForAnything_RefusesTheStart()
    {
        var refused = Should.Throw<StartRefusedException>(() => new PlacesRig(memory: 1000));

        refused.Message.ShouldContain("Webstream__Memory__Connections");
    }

    public void Dispose() => rig.Dispose();
}
