using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using Orleans.Runtime.Placement;
using Webstream.Grains.History;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

[Collection(SharedCluster.Name)]
public class StreamGrainLifeTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task Activation_WithHistoryInThisSilo_IsNotCollectedFromUnderIt()
    {
        var kept = cluster.GrainOf(WebstreamCluster.NewStream());
        var idle = cluster.GrainOf(WebstreamCluster.NewStream());
        var before = (await kept.Push(Pushes.Of("a"))).Status;
        var idleBefore = await idle.Describe();

        var collected = cluster.Cluster.WaitForDeactivationAsync(idle);
        await cluster.Cluster.Client.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, TestContext.Current.CancellationToken);
        await collected.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // The grain without history was deactivated, which shows that there was a collection.
        (await idle.Describe()).Activation.ShouldNotBe(idleBefore.Activation);
        (await kept.Describe()).Activation.ShouldBe(before.Activation);
    }

    [Fact]
    public async Task Activation_WhoseHistoryTheLogForgot_OwnsUpToItAndBeginsANewEpoch()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = (await grain.Push(Pushes.Of("a", "b"))).Status;
        var logs = (ScriptedLogs)cluster.Cluster.GetSiloServiceProvider(cluster.SiloOf(stream)).GetRequiredService<IStreamHistories>();
        var log = (InMemoryStreamHistory)logs.Inner.LogOf(stream);
        (await log.ForgetAsync(before.HeadId, TestContext.Current.CancellationToken)).ShouldBeTrue();

        var forgotten = await grain.Describe();
        var refused = await grain.Push(Pushes.WithKey("k", "c"));
        await cluster.Cluster.WaitForDeactivationAsync(grain);
        var anew = await grain.Push(Pushes.WithKey("k", "c"));

        // A listener that resumes meanwhile is told of a gap, and is not promised messages that nobody has.
        (forgotten.HeadId, forgotten.Oldest).ShouldBe((before.HeadId, 3));
        refused.Outcome.ShouldBe(PushOutcome.Retry);
        (anew.Outcome, anew.First).ShouldBe((PushOutcome.Accepted, 1));
        anew.Status.Epoch.ShouldNotBe(before.Epoch);
    }

    [Fact]
    public async Task Activation_AgainOnTheSiloOfItsHistory_GoesOnWhereItWas()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = await grain.Push(Pushes.WithKey("k", "a"));
        var silo = cluster.SiloOf(stream);
        await cluster.Cluster.DeactivateAsync(grain);
        RequestContext.Set(IPlacementDirector.PlacementHintKey, silo);

        var duplicate = await grain.Push(Pushes.WithKey("k", "a"));
        var next = await grain.Push(Pushes.Of("b"));

        duplicate.Status.Activation.ShouldNotBe(before.Status.Activation);
        (duplicate.Outcome, duplicate.First).ShouldBe((PushOutcome.Duplicate, 1));
        (next.Status.Epoch, next.First).ShouldBe((before.Status.Epoch, 2));
    }
}
