using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Webstream.Grains.History;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>How the grain appends batches to a history that is slow, fails, or loses its answers.</summary>
[Collection(SharedCluster.Name)]
public class StreamGrainCommitTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task Push_WhileABatchIsWritten_TheNextGathers()
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

        var begun = PushesBegun(stream, 1);
        var first = grain.Push(Pushes.Of("first"));
        await begun;
        var rest = PushesBegun(stream, 64);
        var pushes = Enumerable.Range(0, 64).Select(i => grain.Push(Pushes.Of($"m{i}"))).ToArray();
        await rest;
        first.IsCompleted.ShouldBeFalse();
        (await grain.Describe()).Head.ShouldBe(0);
        gate.SetResult();
        await first;
        await Task.WhenAll(pushes);

        batches.ShouldBe([1, 64]);
        // There is one event for each batch.
        var events = await listener.UntilAsync(65);
        events.Select(e => e.Messages.Length).ShouldBe([1, 64]);
    }

    [Fact]
    public async Task Push_LogThatFailsTwice_IsAskedAgainWithTheSameBatch()
    {
        var stream = WebstreamCluster.NewStream();
        var tries = new List<Guid>();
        cluster.Scripts[stream] = (batch, append) =>
        {
            tries.Add(batch.Id);
            return tries.Count < 3 ? throw new TimeoutException("No answer.") : append();
        };

        var answer = await cluster.GrainOf(stream).Push(Pushes.Of("a"));

        answer.Outcome.ShouldBe(PushOutcome.Accepted);
        tries.Count.ShouldBe(3);
        tries.Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Push_LogThatLostItsAnswer_HasTheBatchOnce()
    {
        var stream = WebstreamCluster.NewStream();
        var tries = 0;
        cluster.Scripts[stream] = async (_, append) =>
        {
            var result = await append();
            return ++tries == 1 ? throw new TimeoutException("No answer.") : result;
        };

        (await cluster.GrainOf(stream).Push(Pushes.Of("a"))).Outcome.ShouldBe(PushOutcome.Accepted);

        tries.ShouldBe(2);
        (await cluster.ReadAllAsync(stream)).ShouldHaveSingleItem().Message.ShouldBe("a");
    }

    [Fact]
    public async Task Push_LogThatNeverAnswered_IsADuplicateForTheNextOwner()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var former = await grain.Push(Pushes.Of("before"));
        var silo = cluster.SiloOf(stream);
        var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await append();
            tried.TrySetResult();
            throw new TimeoutException("No answer.");
        };

        // The owner retries the append again and again. Its pusher does not wait beyond its timeout.
        var lost = await grain.Push(Pushes.WithKey("k", "a") with { Patience = TimeSpan.FromSeconds(1) });

        (lost.Outcome, lost.First, lost.Count).ShouldBe((PushOutcome.Unknown, 0, 0));
        await tried.Task;
        await cluster.Cluster.DeactivateAsync(grain);
        cluster.Scripts.TryRemove(stream, out _);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);
        var again = await grain.Push(Pushes.WithKey("k", "a"));
        again.Outcome.ShouldBe(PushOutcome.Duplicate);
        again.First.ShouldBe(2);
        again.Status.Epoch.ShouldBe(former.Status.Epoch);
        again.Status.Activation.ShouldNotBe(former.Status.Activation);
        (await cluster.ReadAllAsync(stream)).Select(m => m.Message).ShouldBe(["before", "a"]);
    }

    [Fact]
    public async Task Push_RetryAfterUnknown_JoinsItsBatchAndIsAnsweredWithItsNumbers()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await gate.Task;
            return await append();
        };
        var first = await grain.Push(Pushes.WithKey("k", "a") with { Patience = TimeSpan.FromSeconds(1) });
        first.Outcome.ShouldBe(PushOutcome.Unknown);

        var begun = PushesBegun(stream, 1);
        var retry = grain.Push(Pushes.WithKey("k", "a"));
        await begun;
        gate.SetResult();

        ((await retry).Outcome, (await retry).First).ShouldBe((PushOutcome.Duplicate, 1));
        (await cluster.ReadAllAsync(stream)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task PushEach_WhileTheLogHangs_AnswersWhatIsDecidedAndTheRestIsAskedForAlone()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        await grain.Push(Pushes.WithKey("known", "before"));
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Scripts[stream] = async (_, append) =>
        {
            await gate.Task;
            return await append();
        };

        var answers = await grain.PushEach([Pushes.WithKey("k", "a"), Pushes.WithKey("known", "before"), Pushes.Of("b")]);

        answers.Select(answer => answer?.Outcome).ShouldBe([null, PushOutcome.Duplicate, null]);
        var begun = PushesBegun(stream, 1);
        var alone = grain.Push(Pushes.WithKey("k", "a"));
        await begun;
        gate.SetResult();
        (await alone).First.ShouldBe(2);
        (await cluster.ReadAllAsync(stream)).Select(m => m.Message).ShouldBe(["before", "a", "b"]);
    }

    [Fact]
    public async Task Push_LogThatIsAway_IsUnavailableAndTheOwnerStays()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        cluster.Scripts[stream] = (_, _) => throw new HistoryAwayException("Away.", maybeIn: false);

        var refused = await grain.Push(Pushes.WithKey("k", "a"));

        (refused.Outcome, refused.First, refused.Status.Epoch).ShouldBe((PushOutcome.Unavailable, 0, 0UL));
        cluster.Scripts.TryRemove(stream, out _);
        var again = await grain.Push(Pushes.WithKey("k", "a"));
        (again.Outcome, again.First, again.Status.Activation).ShouldBe((PushOutcome.Accepted, 1, refused.Status.Activation));
    }

    [Fact]
    public async Task Push_LogThatRefuses_TellsAllWhoWaitToAskTheNextOwner()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var gate = new TaskCompletionSource();
        cluster.Scripts[stream] = async (_, _) =>
        {
            await gate.Task;
            return AppendResult.Refused;
        };

        var begun = PushesBegun(stream, 2);
        var first = grain.Push(Pushes.WithKey("first", "a"));
        var second = grain.Push(Pushes.WithKey("second", "b"));
        await begun;
        gate.SetResult();

        (await first).Outcome.ShouldBe(PushOutcome.Retry);
        (await second).Outcome.ShouldBe(PushOutcome.Retry);
        await cluster.Cluster.WaitForDeactivationAsync(grain);
        cluster.Scripts.TryRemove(stream, out _);
        var again = await grain.Push(Pushes.WithKey("first", "a"));
        (again.Outcome, again.First).ShouldBe((PushOutcome.Accepted, 1));
    }

    [Fact]
    public async Task Push_LogThatIsFull_IsRefusedAndTheOwnerLeaves()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        cluster.Scripts[stream] = (_, _) => new(AppendResult.Full);

        var refused = await grain.Push(Pushes.WithKey("k", "a"));

        (refused.Outcome, refused.First, refused.Status.Epoch).ShouldBe((PushOutcome.Full, 0, 0UL));
        cluster.Scripts.TryRemove(stream, out _);
        await Until.TrueAsync(() => !cluster.HasOwner(stream));
        var again = await grain.Push(Pushes.WithKey("k", "a"));
        (again.Outcome, again.First).ShouldBe((PushOutcome.Accepted, 1));
    }

    private Task PushesBegun(StreamName stream, int times) =>
        cluster.Calls.Begun(call => call.MethodName == nameof(IStreamGrain.Push) && call.TargetId.Key.ToString() == stream.Value, times);
}
