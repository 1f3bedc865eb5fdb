using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>What pushers hear from the owner of a stream whose key may hold no more.</summary>
[Collection(SharedCluster.Name)]
public class StreamGrainQuotaTests(WebstreamCluster cluster)
{
    private const long One = MessageSize.Overhead + 4;

    [Fact]
    public async Task Push_BeyondTheBytesOfItsKey_IsRefusedUntilTheStreamIsDeleted()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var quota = new CallerQuota($"key-{stream}", 5, 2 * One);
        (await grain.Push(Pushes.Of("text") with { Quota = quota })).Outcome.ShouldBe(PushOutcome.Accepted);
        var second = Pushes.Of("text") with { Quota = quota };
        (await grain.Push(second)).Outcome.ShouldBe(PushOutcome.Accepted);

        (await grain.Push(Pushes.Of("text") with { Quota = quota })).Outcome.ShouldBe(PushOutcome.OverBytes);
        (await grain.Push(Pushes.Of("text"))).Outcome.ShouldBe(PushOutcome.FounderOverBytes);
        // A retry of what is in pushes nothing.
        (await grain.Push(second)).Outcome.ShouldBe(PushOutcome.Duplicate);
        (await cluster.ReadAllAsync(stream)).Length.ShouldBe(2);

        (await grain.Delete(Pushes.Patience)).Outcome.ShouldBe(PushOutcome.Accepted);
        (await grain.Push(Pushes.Of("text") with { Quota = quota })).Outcome.ShouldBe(PushOutcome.Accepted);
    }

    [Fact]
    public async Task PushEach_MoreThanTheKeyMayHold_TakesWhatFits()
    {
        var stream = WebstreamCluster.NewStream();
        var quota = new CallerQuota($"key-{stream}", null, 5 * One);

        var answers = await cluster.GrainOf(stream).PushEach([.. Enumerable.Range(0, 12).Select(_ => Pushes.Of("text") with { Quota = quota })]);

        answers.Count(answer => answer!.Outcome == PushOutcome.Accepted).ShouldBe(5);
        answers.Count(answer => answer!.Outcome == PushOutcome.OverBytes).ShouldBe(7);
        (await cluster.ReadAllAsync(stream)).Select(message => message.Id.Sequence).ShouldBe([1, 2, 3, 4, 5]);
    }

    [Fact]
    public async Task PushEach_OfAKeyThatMayBeginNothing_LeavesTheStreamToOthers()
    {
        var stream = WebstreamCluster.NewStream();
        var quota = new CallerQuota($"key-{stream}", 0, null);

        var answers = await cluster.GrainOf(stream).PushEach([Pushes.Of("mine") with { Quota = quota }, Pushes.Of("others")]);

        answers.Select(answer => answer!.Outcome).ShouldBe([PushOutcome.OverStreams, PushOutcome.Accepted]);
        (await cluster.ReadAllAsync(stream)).Select(message => message.Message).ShouldBe(["others"]);
    }
}
