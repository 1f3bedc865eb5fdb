using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

[Collection(SharedCluster.Name)]
public class StreamGrainChangeTests(WebstreamCluster cluster)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Close_AmidPushers_TakesNothingBehindItsEnd()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pushers = Enumerable.Range(0, 16).Select(async pusher =>
        {
            var answers = new List<PushResult>();
            do
            {
                answers.Add(await grain.Push(Pushes.Of($"{pusher}:{answers.Count}")));
                begun.TrySetResult();
            }
            while (answers[^1].Outcome == PushOutcome.Accepted);
            return answers;
        }).ToArray();
        await begun.Task;

        var closes = await Task.WhenAll(grain.Close(Patience), grain.Close(Patience));

        var answers = (await Task.WhenAll(pushers)).SelectMany(one => one).ToArray();
        answers.Select(answer => answer.Outcome).Distinct().ShouldBe([PushOutcome.Accepted, PushOutcome.Closed], ignoreOrder: true);
        var end = closes[0].Status.End;
        closes.Select(close => (close.Status.End, close.Outcome)).ShouldBe([(end, PushOutcome.Accepted), (end, PushOutcome.Duplicate)], ignoreOrder: true);
        var history = await cluster.ReadAllAsync(stream);
        history.Length.ShouldBe(answers.Count(answer => answer.Outcome == PushOutcome.Accepted) + 1);
        history.Where(message => message.IsEnd).ShouldHaveSingleItem().Id.Sequence.ShouldBe(end);
        history[^1].Id.Sequence.ShouldBe(end);
    }

    [Fact]
    public async Task Delete_AmidPushers_PutsEachMessageIntoOneEpoch()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = (await grain.Push(Pushes.Of("first"))).Status;
        var pushing = Task.WhenAll(Enumerable.Range(0, 200).Select(i => grain.Push(Pushes.Of($"{i}"))));

        var deleted = await grain.Delete(Patience);

        var answers = await pushing;
        answers.ShouldAllBe(answer => answer.Outcome == PushOutcome.Accepted);
        deleted.Outcome.ShouldBe(PushOutcome.Accepted);
        (deleted.Status.Deleted, deleted.Status.Epoch == before.Epoch, deleted.Status.Life > before.Life).ShouldBe((before.Epoch, false, true));
        var now = await grain.Describe();
        now.Epoch.ShouldBe(deleted.Status.Epoch);
        now.Head.ShouldBe(answers.Count(answer => answer.FirstId.Epoch == now.Epoch));
        answers.Select(answer => answer.FirstId).ShouldBeUnique();
        (await cluster.ReadAllAsync(stream)).ShouldAllBe(message => message.Id.Epoch == now.Epoch);
    }

    [Fact]
    public async Task Report_OfALaterLifeThatNobodyKnows_PutsTheOwnerAboveIt()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = (await grain.Push(Pushes.Of("a"))).Status;
        var life = before.Life + 1_000_000_000;

        var answer = await grain.Report(new("gateway", 1, 1, 1, 0xabc, 7) { Life = life });

        (answer.Life > life, answer.Epoch).ShouldBe((true, before.Epoch));
        // A gateway in the same epoch says nothing new.
        (await grain.Report(new("gateway", 1, 2, 0, answer.Epoch, 1, Last: true) { Life = answer.Life })).Life.ShouldBe(answer.Life);
    }

    [Fact]
    public async Task Settings_ChangedAtTheSameTime_AreAllSet()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());

        await Task.WhenAll(
            grain.ChangeSettings(new(SettingsMembers.RetainedMessages, new() { RetainedMessages = 7 })),
            grain.ChangeSettings(new(SettingsMembers.RetainedBytes, new() { RetainedBytes = 7000 })),
            grain.ChangeSettings(new(SettingsMembers.Description, new() { Description = "seven" })));

        var change = await grain.ChangeSettings(new(SettingsMembers.Retention, new() { Retention = TimeSpan.FromHours(7) }));
        change.ShouldBe(new(SettingsOutcome.Set, new(7, 7000, TimeSpan.FromHours(7), "seven", false)));
    }
}
