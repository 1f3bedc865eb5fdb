using System.Collections.Concurrent;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>The cluster whose silo is killed. No other test uses it, and it is alone on the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class KilledSilo : ICollectionFixture<WebstreamCluster>
{
    public const string Name = "killed silo";
}

[Collection(KilledSilo.Name)]
public class SiloKilledTests(WebstreamCluster cluster)
{
    [Fact]
    public async Task SiloKilled_WhilePushesRun_LosesTheHistoryButNeverSilently()
    {
        const int Pushers = 8;
        const int BeforeTheKill = 100;
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var former = (await grain.Push(Pushes.Of("first"))).Status;
        var acknowledged = new ConcurrentQueue<(EventId Id, string Text)>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var pushers = Enumerable.Range(0, Pushers).Select(pusher => Task.Run(async () =>
        {
            // Each pusher goes on until the next owner served it.
            for (var (i, served) = (0, false); !served || i < 20; i++)
            {
                var text = $"{pusher}:{i}";
                var answer = await Pushes.UntilItIsInAsync(grain, Pushes.WithKey($"key-{text}", text));
                acknowledged.Enqueue((new(answer.Status.Epoch, answer.First), text));
                served = answer.Status.Epoch != former.Epoch;
                if (acknowledged.Count >= BeforeTheKill)
                {
                    enough.TrySetResult();
                }
            }
        })).ToArray();

        await enough.Task;
        var owner = cluster.Cluster.GetSiloForAddress(cluster.SiloOf(stream))!;
        await cluster.Cluster.KillSiloAsync(owner, TestContext.Current.CancellationToken);
        await Task.WhenAll(pushers);

        var now = await grain.Describe();
        now.Activation.ShouldNotBe(former.Activation);
        now.Epoch.ShouldNotBe(former.Epoch);
        now.Epoch.ShouldNotBe(0UL);

        // No id was given to two messages, and no pusher was told two ids for one message.
        var acknowledgements = acknowledged.ToArray();
        acknowledgements.Select(a => a.Id).ShouldBeUnique();
        acknowledgements.Select(a => a.Text).ShouldBeUnique();
        acknowledgements.Select(a => a.Id.Epoch).Distinct().ShouldBe([former.Epoch, now.Epoch], ignoreOrder: true);
        acknowledgements.Take(BeforeTheKill).ShouldAllBe(a => a.Id.Epoch == former.Epoch);

        // The messages that the next owner acknowledged are in its history, once each, and no others are.
        var history = await cluster.ReadAllAsync(stream);
        history.Select(m => (m.Id, m.Message)).ShouldBe(acknowledgements.Where(a => a.Id.Epoch == now.Epoch).OrderBy(a => a.Id.Sequence));
        history.Select(m => m.Id.Sequence).ShouldBe(Enumerable.Range(1, history.Length).Select(i => (long)i));
    }
}
