using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Webstream.Gateway.Keys;
using Webstream.Gateway.Passes;
using Webstream.Grains;

namespace Webstream.Gateway.Tests.Passes;

public sealed class PassRingTests
{
    private readonly FakeTimeProvider time = new(DateTimeOffset.UtcNow);
    private readonly PassesDouble store = new();
    private readonly PassRing ring;

    public PassRingTests() => ring = new(store, time, NullLogger<PassRing>.Instance);

    [Fact]
    public async Task Session_IsAskedForOnceInTwoSeconds()
    {
        var session = await NewAsync();
        for (var i = 0; i < 10; i++)
        {
            (await StandingAsync(session)).ShouldBe(KeyStanding.Right);
        }

        store.Asked.ShouldBe(1);
        time.Advance(PassRing.Fresh + TimeSpan.FromMilliseconds(1));
        await StandingAsync(session);
        store.Asked.ShouldBe(2);
    }

    [Fact]
    public async Task Session_EndedElsewhere_IsWrongTwoSecondsLater()
    {
        var session = await NewAsync();
        await StandingAsync(session);
        await store.RemoveAsync(session);
        time.Advance(PassRing.Fresh + TimeSpan.FromMilliseconds(1));

        (await StandingAsync(session)).ShouldBe(KeyStanding.Wrong);
    }

    [Fact]
    public async Task Session_EndedHere_DoesNotComeBackWithAnAnswerFromBefore()
    {
        var session = await NewAsync();
        var slow = new TaskCompletionSource();
        store.Slow = slow.Task;
        var asking = StandingAsync(session);
        await Until.TrueAsync(() => store.Asked == 1);
        await store.RemoveAsync(session);
        ring.Ended(session);
        slow.SetResult();

        (await asking).ShouldBe(KeyStanding.Wrong);
        (await StandingAsync(session)).ShouldBe(KeyStanding.Wrong);
    }

    // It may have been taken since, at another gateway, and then lasts for hours.
    [Fact]
    public async Task Ticket_ThatWasNotTakenWhenItWasLookedFor_IsUnknownAfterItsMinute_WhileTheStoreIsAway()
    {
        var ticket = await NewTicketAsync();
        time.Advance(TimeSpan.FromSeconds(30));
        (await StandingAsync(ticket)).ShouldBe(KeyStanding.Right);
        store.IsAway = true;
        time.Advance(TimeSpan.FromSeconds(31));

        (await StandingAsync(ticket)).ShouldBe(KeyStanding.Unknown);
    }

    [Fact]
    public async Task Ticket_ThatWasTakenHere_GoesOnWhileTheStoreIsAway()
    {
        var ticket = await NewTicketAsync();
        time.Advance(TimeSpan.FromSeconds(30));
        (await ring.TakeAsync(ticket)).IsFirst.ShouldBeTrue();
        store.IsAway = true;
        time.Advance(TimeSpan.FromSeconds(31));

        (await StandingAsync(ticket)).ShouldBe(KeyStanding.Right);
        time.Advance(PassRing.GoesOn);
        (await StandingAsync(ticket)).ShouldBe(KeyStanding.Unknown);
    }

    [Fact]
    public async Task Session_AfterItsEnd_IsWrong()
    {
        var session = await NewAsync();
        await StandingAsync(session);
        time.Advance(StoredPass.Longest);

        (await StandingAsync(session)).ShouldBe(KeyStanding.Wrong);
    }

    [Fact]
    public async Task KnownSession_GoesOnForAMinute_WhileTheStoreIsAway()
    {
        var session = await NewAsync();
        await StandingAsync(session);
        store.IsAway = true;
        time.Advance(PassRing.GoesOn);
        (await StandingAsync(session)).ShouldBe(KeyStanding.Right);
        time.Advance(TimeSpan.FromMilliseconds(1));
        (await StandingAsync(session)).ShouldBe(KeyStanding.Unknown);

        store.IsAway = false;
        time.Advance(TimeSpan.FromSeconds(1));
        (await StandingAsync(session)).ShouldBe(KeyStanding.Right);
    }

    [Fact]
    public async Task SessionThatNobodyKnows_IsUnknown_WhileTheStoreIsAway_AndOneQuestionASecondIsAsked()
    {
        store.IsAway = true;
        for (var i = 0; i < 10; i++)
        {
            (await StandingAsync($"{i}")).ShouldBe(KeyStanding.Unknown);
        }

        store.Asked.ShouldBe(1);
    }

    [Fact]
    public async Task SlowStore_IsNotAway_ItsAnswerCountsWhenItComes()
    {
        var session = await NewAsync();
        var slow = new TaskCompletionSource();
        store.Slow = slow.Task;
        var asking = StandingAsync(session);
        await Until.TrueAsync(() => store.Asked == 1);
        time.Advance(TimeSpan.FromSeconds(2));
        (await asking).ShouldBe(KeyStanding.Unknown);

        slow.SetResult();
        await Until.TrueAsync(() => ring.StandingOf(session).Standing == KeyStanding.Right);
    }

    [Fact]
    public async Task FloodOfInventedSessions_IsOneQuestionAtATime_AndWhoIsKnownWaitsForNone()
    {
        var session = await NewAsync();
        await StandingAsync(session);
        var slow = new TaskCompletionSource();
        store.Slow = slow.Task;
        var flood = Enumerable.Range(0, 5000).Select(i => StandingAsync($"invented {i}")).ToArray();

        (await StandingAsync(session)).ShouldBe(KeyStanding.Right);
        store.Asked.ShouldBeLessThanOrEqualTo(2);
        slow.SetResult();
        var standings = await Task.WhenAll(flood);
        standings.Count(standing => standing == KeyStanding.Wrong).ShouldBeInRange(1024, 1024 + PassBounds.MostAtOnce);
        standings.ShouldNotContain(KeyStanding.Right);
        store.LongestQuestion.ShouldBeLessThanOrEqualTo(PassBounds.MostAtOnce);
    }

    [Fact]
    public async Task SessionsThatListenersLiveBy_AreAskedForTogether()
    {
        var sessions = new List<string>();
        for (var i = 0; i < PassBounds.MostAtOnce; i++)
        {
            sessions.Add(await NewAsync());
        }

        await ring.RefreshAsync(sessions.Concat(sessions));
        store.Asked.ShouldBe(1);
        sessions.ShouldAllBe(session => ring.StandingOf(session).Standing == KeyStanding.Right);
    }

    private async Task<KeyStanding> StandingAsync(string id) => (await ring.FindAsync(id)).Standing;

    private Task<string> NewAsync() => NewAsync(PassKind.Session, StoredPass.Longest);

    private Task<string> NewTicketAsync() => NewAsync(PassKind.Ticket, StoredPass.Untaken);

    private async Task<string> NewAsync(PassKind kind, TimeSpan untaken)
    {
        var now = time.GetUtcNow();
        var id = StoredPass.NewSecret(kind).Id;
        await store.AddAsync(new()
        {
            Id = id,
            Kind = kind,
            Holder = new() { Kind = PassHolderKind.Key, Name = "ci", KeyId = "ci" },
            Created = now,
            Expires = now + untaken,
            Latest = now + StoredPass.Longest,
        });
        return id;
    }
}
