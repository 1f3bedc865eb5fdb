using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Webstream.Grains.Log;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>How the grain gets batches into a log that is slow, fails, or loses its answers.</summary>
[Collection(SharedCluster.Name)]
public class StreamGrainCommitTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task Publish_WhileABatchIsWritten_TheNextGathers()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var listener = await cluster.ListenAsync(stream);
        var gate = new TaskCompletionSource();
        var batches = new List<int>();
        cluster.Scripts[stream] = async (batch, append) =>
        {
            batches.Add(batch.Messages.Count);
            await gate.Task;
            return await append();
        };

        var begun = PublishesBegun(stream, 1);
        var first = grain.Publish(Pushes.Of("first"));
        await begun;
        var rest = PublishesBegun(stream, 64);
        var pushes = Enumerable.Range(0, 64).Select(i => grain.Publish(Pushes.Of($"m{i}"))).ToArray();
        await rest;
        first.IsCompleted.ShouldBeFalse();
        (await grain.Describe()).Head.ShouldBe(0);
        gate.SetResult();
        await first;
        await Task.WhenAll(pushes);

        batches.ShouldBe([1, 64]);
        // One event a batch.
        var events = await listener.UntilAsync(65);
        events.Select(e => e.Messages.Length).ShouldBe([1, 64]);
    }

    [Fact]
    public async Task Publish_LogThatFailsTwice_IsAskedAgainWithTheSameBatch()
    {
        var stream = WebstreamCluster.NewStream();
        var tries = new List<Guid>();
        cluster.Scripts[stream] = (batch, append) =>
        {
            tries.Add(batch.Id);
            return tries.Count < 3 ? throw new TimeoutException("No answer.") : append();
        };

        var answer = await cluster.GrainOf(stream).Publish(Pushes.Of("a"));

        answer.Outcome.ShouldBe(PublishOutcome.Accepted);
        tries.Count.ShouldBe(3);
        tries.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Publish_LogThatLostItsAnswer_HasTheBatchOnce()
    {
        var stream = WebstreamCluster.NewStream();
        var tries = 0;
        cluster.Scripts[stream] = async (_, append) =>
        {
            var result = await append();
            return ++tries == 1 ? throw new TimeoutException("No answer.") : result;
        };

        (await cluster.GrainOf(stream).Publish(Pushes.Of("a"))).Outcome.ShouldBe(PublishOutcome.Accepted);

        tries.ShouldBe(2);
        (await cluster.ReadAllAsync(stream)).ShouldHaveSingleItem().Message.ShouldBe("a");
    }

    [Fact]
    public async Task Publish_LogThatNeverAnswered_IsADuplicateForTheNextOwner()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var former = await grain.Publish(Pushes.Of("before"));
        var silo = cluster.SiloOf(stream);
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await append();
            tried.TrySetResult();
            throw new TimeoutException("No answer.");
        };

        // The owner sends it again and again; its pusher is not kept beyond its patience.
        var lost = await grain.Publish(Pushes.WithKey("k", "a") with { Patience = TimeSpan.FromSeconds(1) });

        (lost.Outcome, lost.First, lost.Count).ShouldBe((PublishOutcome.Unknown, 0, 0));
        await tried.Task;
        await cluster.Cluster.DeactivateAsync(grain);
        cluster.Scripts.TryRemove(stream, out _);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        var again = await grain.Publish(Pushes.WithKey("k", "a"));
        again.Outcome.ShouldBe(PublishOutcome.Duplicate);
        again.First.ShouldBe(2);
        again.Status.Epoch.ShouldBe(former.Status.Epoch);
        again.Status.Activation.ShouldNotBe(former.Status.Activation);
        (await cluster.ReadAllAsync(stream)).Select(m => m.Message).ShouldBe(["before", "a"]);
    }

    [Fact]
    public async Task Publish_RetryAfterUnknown_JoinsItsBatchAndIsAnsweredWithItsNumbers()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await gate.Task;
            return await append();
        };
        var first = await grain.Publish(Pushes.WithKey("k", "a") with { Patience = TimeSpan.FromSeconds(1) });
        first.Outcome.ShouldBe(PublishOutcome.Unknown);

        var begun = PublishesBegun(stream, 1);
        var retry = grain.Publish(Pushes.WithKey("k", "a"));
        await begun;
        gate.SetResult();

        ((await retry).Outcome, (await retry).First).ShouldBe((PublishOutcome.Duplicate, 1));
        (await cluster.ReadAllAsync(stream)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task PublishEach_WhileTheLogHangs_AnswersWhatIsDecidedAndTheRestIsAskedForAlone()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        await grain.Publish(Pushes.WithKey("known", "before"));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await gate.Task;
            return await append();
        };

        var answers = await grain.PublishEach([Pushes.WithKey("k", "a"), Pushes.WithKey("known", "before"), Pushes.Of("b")]);

        answers.Select(answer => answer?.Outcome).ShouldBe([null, PublishOutcome.Duplicate, null]);
        var begun = PublishesBegun(stream, 1);
        var alone = grain.Publish(Pushes.WithKey("k", "a"));
        await begun;
        gate.SetResult();
        (await alone).First.ShouldBe(2);
        (await cluster.ReadAllAsync(stream)).Select(m => m.Message).ShouldBe(["before", "a", "b"]);
    }

    [Fact]
    public async Task Publish_LogThatIsAway_IsUnavailableAndTheOwnerStays()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        cluster.Scripts[stream] = (_, _) => throw new LogAwayException("Away.", maybeIn: false);

        var refused = await grain.Publish(Pushes.WithKey("k", "a"));

        (refused.Outcome, refused.First, refused.Status.Epoch).ShouldBe((PublishOutcome.Unavailable, 0, 0UL));
        cluster.Scripts.TryRemove(stream, out _);
        var again = await grain.Publish(Pushes.WithKey("k", "a"));
        (again.Outcome, again.First, again.Status.Activation).ShouldBe((PublishOutcome.Accepted, 1, refused.Status.Activation));
    }

    [Fact]
    public async Task Publish_LogThatRefuses_TellsAllWhoWaitToAskTheNextOwner()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var gate = new TaskCompletionSource();
        cluster.Scripts[stream] = async (_, _) =>
        {
            await gate.Task;
            return AppendResult.Refused;
        };

        var begun = PublishesBegun(stream, 2);
        var first = grain.Publish(Pushes.WithKey("first", "a"));
        var second = grain.Publish(Pushes.WithKey("second", "b"));
        await begun;
        gate.SetResult();

        (await first).Outcome.ShouldBe(PublishOutcome.Retry);
        (await second).Outcome.ShouldBe(PublishOutcome.Retry);
        await cluster.Cluster.WaitForDeactivationAsync(grain);
        cluster.Scripts.TryRemove(stream, out _);
        var again = await grain.Publish(Pushes.WithKey("first", "a"));
        (again.Outcome, again.First).ShouldBe((PublishOutcome.Accepted, 1));
    }

    [Fact]
    public async Task Publish_LogThatIsFull_IsRefusedAndTheOwnerLeaves()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        cluster.Scripts[stream] = (_, _) => new(AppendResult.Full);

        var refused = await grain.Publish(Pushes.WithKey("k", "a"));

        (refused.Outcome, refused.First, refused.Status.Epoch).ShouldBe((PublishOutcome.Full, 0, 0UL));
        cluster.Scripts.TryRemove(stream, out _);
        await Eventually.TrueAsync(() => !cluster.HasOwner(stream));
        var again = await grain.Publish(Pushes.WithKey("k", "a"));
        (again.Outcome, again.First).ShouldBe((PublishOutcome.Accepted, 1));
    }

    private Task PublishesBegun(StreamName stream, int times) =>
        cluster.Calls.Begun(call => call.MethodName == nameof(IStreamGrain.Publish) && call.TargetId.Key.ToString() == stream.Value, times);
}
