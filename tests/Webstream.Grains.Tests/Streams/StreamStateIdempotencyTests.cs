using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History;
using Webstream.Grains.Streams;
using Webstream.Grains.Tests.Memory;

namespace Webstream.Grains.Tests.Streams;

public class StreamStateIdempotencyTests
{
    private readonly FakeTimeProvider time = new();
    private readonly StreamState state;

    public StreamStateIdempotencyTests() => state = new(StreamName.Main, new(), new IdempotencyWindow(), Budgets.Share(), time);

    [Fact]
    public async Task Offer_SameKeyWhileItsFirstTryWaits_SharesItsFate()
    {
        var first = Offer("k", "a");
        var second = Offer("k", "a");

        state.Commit(state.TakeBatch()!);

        (await first.Outcome).ShouldBe(PushOutcome.Accepted);
        (await second.Outcome).ShouldBe(PushOutcome.Accepted);
        second.Record.ShouldBe(first.Record);
        state.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Offer_SameKeyWhileItsBatchIsOnItsWay_SharesItsFate()
    {
        var first = Offer("k", "a");
        var batch = state.TakeBatch()!;
        var second = Offer("k", "a");

        state.Commit(batch);

        (await first.Outcome).ShouldBe(PushOutcome.Accepted);
        (await second.Outcome).ShouldBe(PushOutcome.Accepted);
        state.TakeBatch().ShouldBeNull();
        state.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Offer_SameKeyAfterTheCommit_IsADuplicateWithTheFirstNumbers()
    {
        Offer("before", "x");
        var first = Offer("k", "a", "b");
        state.Commit(state.TakeBatch()!);
        time.Advance(TimeSpan.FromMinutes(5));

        var again = Offer("k", "a", "b");

        (await again.Outcome).ShouldBe(PushOutcome.Duplicate);
        (again.Record!.First, again.Record.Count, again.Record.Timestamp).ShouldBe((2, 2, first.Record!.Timestamp));
        state.TakeBatch().ShouldBeNull();
    }

    [Fact]
    public async Task Offer_KeyOfBeforeAnUpgrade_IsFoundWithoutItsCaller_AndAnotherCallersIsNot()
    {
        Offer("k", "a");
        state.Commit(state.TakeBatch()!);

        var again = state.Offer(Pushes.WithKey(CallerKey.Of("ci", "k"), "a") with { OlderKey = "k" }, oldestRetained: 1);
        (await again.Outcome).ShouldBe(PushOutcome.Duplicate);

        var first = state.Offer(Pushes.WithKey(CallerKey.Of("ci", "x"), "b") with { OlderKey = "x" }, oldestRetained: 1);
        state.Commit(state.TakeBatch()!);
        var other = state.Offer(Pushes.WithKey(CallerKey.Of(null, "x"), "b") with { OlderKey = "x" }, oldestRetained: 1);
        state.Commit(state.TakeBatch()!);
        (await first.Outcome).ShouldBe(PushOutcome.Accepted);
        (await other.Outcome).ShouldBe(PushOutcome.Accepted);
    }

    [Fact]
    public async Task Offer_SameKeyWithOtherContent_IsKeyReused()
    {
        Offer("k", "a");
        (await Offer("k", "b").Outcome).ShouldBe(PushOutcome.KeyReused);
        state.Commit(state.TakeBatch()!);
        (await Offer("k", "b").Outcome).ShouldBe(PushOutcome.KeyReused);
        (await Offer("k", "a", "a").Outcome).ShouldBe(PushOutcome.KeyReused);
        state.Head.ShouldBe(1);
    }

    [Fact]
    public async Task Offer_KeyOfAMessageThatLeftTheRetention_IsForgotten()
    {
        Offer("k", "a", "b");
        state.Commit(state.TakeBatch()!);

        (await state.Offer(Pushes.WithKey("k", "a", "b"), oldestRetained: 2).Outcome).ShouldBe(PushOutcome.Duplicate);
        var anew = state.Offer(Pushes.WithKey("k", "a", "b"), oldestRetained: 3);
        state.Commit(state.TakeBatch()!);

        (await anew.Outcome).ShouldBe(PushOutcome.Accepted);
        anew.Record!.First.ShouldBe(3);
        (await state.Offer(Pushes.WithKey("k", "a", "b"), oldestRetained: 3).Outcome).ShouldBe(PushOutcome.Duplicate);
    }

    [Fact]
    public async Task Load_KeysOfTheLog_AreKnownToTheNewOwner()
    {
        var push = new PendingPush(Pushes.WithKey("k", "a"), default);
        var now = time.GetUtcNow();
        state.Load(new(5, 9, 1, now, now), [new KeyRecord("k", push.Fingerprint, 9, 1, now)]);

        var again = Offer("k", "a");

        (await again.Outcome).ShouldBe(PushOutcome.Duplicate);
        again.Record!.First.ShouldBe(9);
    }

    [Theory]
    [InlineData("ab", "c", "a", "bc")]
    [InlineData("a", "b", "b", "a")]
    public void Fingerprint_OtherTexts_Differs(string one, string two, string other, string another) =>
        new PendingPush(Pushes.Of(one, two), default).Fingerprint.ShouldNotBe(new PendingPush(Pushes.Of(other, another), default).Fingerprint);

    [Fact]
    public void Fingerprint_OtherMember_Differs()
    {
        var item = new PushItem { Message = "a" };
        PushItem[] items = [item, item with { Event = "e" }, item with { InReplyTo = new(1, 1) }, item with { Options = ["o"] }, item with { Options = ["o", "p"] }];
        items.Select(i => PendingPush.FingerprintOf([i])).Distinct().Count().ShouldBe(items.Length);
    }

    private PendingPush Offer(string key, params string[] texts) => state.Offer(Pushes.WithKey(key, texts), oldestRetained: 1);
}
