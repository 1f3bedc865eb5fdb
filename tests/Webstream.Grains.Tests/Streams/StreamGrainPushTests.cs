using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

[Collection(SharedCluster.Name)]
public class StreamGrainPushTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task Push_FirstMessage_BeginsAnEpoch()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        var before = await grain.Describe();
        (before.Epoch, before.Head, before.Oldest).ShouldBe((0UL, 0L, 1L));

        var answer = await grain.Push(Pushes.Of("hello"));

        answer.Outcome.ShouldBe(PushOutcome.Accepted);
        (answer.First, answer.Count, answer.Status.Head, answer.Status.Oldest).ShouldBe((1, 1, 1, 1));
        answer.Status.Epoch.ShouldNotBe(0UL);
        answer.Status.LastMessageAt.ShouldBe(answer.Timestamp);
        (await grain.Describe()).HeadId.ShouldBe(answer.Status.HeadId);
    }

    [Fact]
    public async Task Push_64ConcurrentPushers_LoseDoubleAndReorderNothing()
    {
        const int Pushers = 64;
        const int Each = 20;
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);

        var answers = await Task.WhenAll(Enumerable.Range(0, Pushers).Select(async pusher =>
        {
            var own = new List<(string Text, PushResult Answer)>();
            for (var i = 0; i < Each; i++)
            {
                own.Add(($"{pusher}:{i}", await grain.Push(Pushes.Of($"{pusher}:{i}"))));
            }

            return own;
        }));

        var history = await cluster.ReadAllAsync(stream);
        history.Select(m => m.Id.Sequence).ShouldBe(Enumerable.Range(1, Pushers * Each).Select(i => (long)i));
        history.Select(m => m.Id.Epoch).Distinct().Count().ShouldBe(1);
        history.Zip(history.Skip(1)).ShouldAllBe(pair => pair.First.Timestamp <= pair.Second.Timestamp);
        foreach (var own in answers)
        {
            own.ShouldAllBe(a => a.Answer.Outcome == PushOutcome.Accepted && a.Answer.Count == 1);
            own.Zip(own.Skip(1)).ShouldAllBe(pair => pair.First.Answer.First < pair.Second.Answer.First);
            own.ShouldAllBe(a => history[(int)a.Answer.First - 1].Message == a.Text);
        }
    }

    [Fact]
    public async Task PushEach_PushesOfSeveral_AreDecidedOneByOne()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var known = Pushes.WithKey("known", "before");
        await grain.Push(known);

        var answers = await grain.PushEach(
            [Pushes.WithKey("a", "first"), known, Pushes.WithKey("known", "another"), Pushes.WithKey("b", "second"), Pushes.WithKey("a", "first")]);

        answers.Select(answer => (answer!.Outcome, answer.First)).ShouldBe([
            (PushOutcome.Accepted, 2), (PushOutcome.Duplicate, 1), (PushOutcome.KeyReused, 0),
            (PushOutcome.Accepted, 3), (PushOutcome.Duplicate, 2)]);
        (await cluster.ReadAllAsync(stream)).Select(m => m.Message).ShouldBe(["before", "first", "second"]);
    }

    [Fact]
    public async Task Push_ConcurrentBatches_StayNextToEachOther()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);

        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(async pusher =>
        {
            string[] texts = [.. Enumerable.Range(0, 1 + (pusher * 7 % 40)).Select(i => $"{pusher}:{i}")];
            return (Texts: texts, Answer: await grain.Push(Pushes.Of(texts)));
        }));

        var history = await cluster.ReadAllAsync(stream);
        history.Length.ShouldBe(answers.Sum(a => a.Texts.Length));
        foreach (var (texts, answer) in answers)
        {
            answer.Count.ShouldBe(texts.Length);
            history.Skip((int)answer.First - 1).Take(texts.Length).Select(m => m.Message).ShouldBe(texts);
        }
    }

    [Fact]
    public async Task Push_SameKeyAgain_PushesNothingAndTellsTheFirstNumbers()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        await grain.Push(Pushes.Of("before"));
        var first = await grain.Push(Pushes.WithKey("k", "a", "b"));

        var again = await grain.Push(Pushes.WithKey("k", "a", "b"));

        again.Outcome.ShouldBe(PushOutcome.Duplicate);
        (again.First, again.Count, again.Timestamp, again.Status.Head).ShouldBe((2, 2, first.Timestamp, 3));
        (await cluster.ReadAllAsync(stream)).Length.ShouldBe(3);
    }

    [Fact]
    public async Task Push_SameKeyManyTimesAtOnce_IsPushedOnce()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => grain.Push(Pushes.WithKey("k", "a"))));
        answers.ShouldAllBe(a => a.First == 1 && (a.Outcome == PushOutcome.Accepted || a.Outcome == PushOutcome.Duplicate));
        (await cluster.ReadAllAsync(stream)).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Push_SameKeyWithOtherText_IsRefusedWithoutNumbers()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        await grain.Push(Pushes.WithKey("k", "a"));
        var reused = await grain.Push(Pushes.WithKey("k", "b"));
        (reused.Outcome, reused.First, reused.Count).ShouldBe((PushOutcome.KeyReused, 0, 0));
        (await cluster.ReadAllAsync(stream)).ShouldHaveSingleItem().Message.ShouldBe("a");
    }
}
