using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;
using Webstream.Grains.Tests.Hosting;
using Webstream.Grains.Tests.History.Redis;

namespace Webstream.Grains.Tests.Streams;

/// <summary>Two silos with their history in a Redis of their own, alone on the machine.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class RedisCluster
{
    public const string Name = "redis cluster";
}

[Collection(RedisCluster.Name)]
public sealed class RedisClusterTests : IAsyncLifetime
{
    private RedisServer redis = null!;
    private WebstreamCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        redis = await RedisServer.StartAsync(appendFsync: "always");
        cluster = new(redis);
        await cluster.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        // In a skipped test there is neither a cluster nor a Redis.
        if (cluster is not null)
        {
            await cluster.DisposeAsync();
            await redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task SiloKilled_WhilePushesRun_KeepsTheEpochAndEveryMessageOnce()
    {
        const int Pushers = 8;
        const int BeforeTheKill = 100;
        const int Most = 1000;
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var former = (await grain.Push(Pushes.WithKey("first", "first"))).Status;
        var acknowledged = new ConcurrentQueue<(string Text, PushResult Answer)>();
        var enough = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

        var pushers = Enumerable.Range(0, Pushers).Select(pusher => Task.Run(async () =>
        {
            // Each pusher goes on until the next owner served it. The number is bounded, so that all messages stay in the history.
            for (var (i, served) = (0, false); i < Most && (!served || i < 20); i++)
            {
                var text = $"{pusher}:{i}";
                var answer = await Pushes.UntilItIsInAsync(grain, Pushes.WithKey($"key-{text}", text));
                acknowledged.Enqueue((text, answer));
                served = answer.Status.Activation != former.Activation;
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
        now.Epoch.ShouldBe(former.Epoch);
        acknowledged.Count(a => a.Answer.Status.Activation != former.Activation).ShouldBeGreaterThanOrEqualTo(1, "nothing was in flight at the kill");
        acknowledged.ShouldAllBe(a => a.Answer.Status.Epoch == former.Epoch);

        // Each acknowledged message is at the id that its pusher was told, and there is no other message.
        var history = await cluster.ReadAllAsync(stream);
        history.Select(m => (m.Id.Sequence, m.Message)).ShouldBe(
            acknowledged.Select(a => (a.Answer.First, a.Text)).Append((1, "first")).OrderBy(a => a.Item1));
        history.Select(m => m.Id.Sequence).ShouldBe(Enumerable.Range(1, history.Length).Select(i => (long)i));

        // The next owner knows the idempotency keys of the owner that died.
        foreach (var (text, answer) in acknowledged.Take(BeforeTheKill))
        {
            var again = await grain.Push(Pushes.WithKey($"key-{text}", text));
            (again.Outcome, again.First).ShouldBe((PushOutcome.Duplicate, answer.First));
        }
    }

    [Fact]
    public async Task Report_AheadOfALostTail_IsAnsweredAndANewEpochBegins()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        await using var connection = await redis.ConnectAsync();
        var database = connection.GetDatabase();
        var keys = RedisLogs.KeysOf(cluster.Cluster.Options.ServiceId, stream);
        await grain.Push(Pushes.WithKey("k", "a", "b", "c"));
        var older = await Task.WhenAll(keys.Select(key => database.KeyDumpAsync(key)));
        var before = (await grain.Push(Pushes.Of("lost"))).Status;
        await cluster.Cluster.DeactivateAsync(grain);
        await database.KeyDeleteAsync(keys);
        await Task.WhenAll(keys.Zip(older, (key, copy) => database.KeyRestoreAsync(key, copy!)));
        // The next owner reads what Redis has. Only the gateway knows that there were more messages.
        (await grain.Describe()).HeadId.ShouldBe(new(before.Epoch, 3));

        var answer = await grain.Report(new("gateway", 1, 1, 1, before.Epoch, before.Head));

        answer.Clients.ShouldBe(1);
        await cluster.Cluster.WaitForDeactivationAsync(grain);
        var now = await grain.Report(new("gateway", 1, 2, 1, before.Epoch, before.Head));
        (now.Head, now.Oldest, now.Clients).ShouldBe((3, 1, 1));
        now.Epoch.ShouldNotBe(before.Epoch);
        (await grain.Push(Pushes.WithKey("k", "a", "b", "c"))).Outcome.ShouldBe(PushOutcome.Duplicate);
        (await grain.Push(Pushes.Of("d"))).First.ShouldBe(4);
        (await cluster.ReadAllAsync(stream)).Select(m => (m.Id.Epoch, m.Message)).ShouldBe([(now.Epoch, "a"), (now.Epoch, "b"), (now.Epoch, "c"), (now.Epoch, "d")]);
        (await grain.Describe()).Epoch.ShouldBe(now.Epoch);
    }

    [Fact]
    public async Task Push_RedisDown_IsUnavailableAndGoesOnWhenItIsBack()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = (await grain.Push(Pushes.Of("before"))).Status;
        var connection = cluster.Cluster.GetSiloServiceProvider(cluster.SiloOf(stream)).GetRequiredService<IConnectionMultiplexer>();
        var failed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var restored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionFailed += (_, what) => Reached(failed, what);
        connection.ConnectionRestored += (_, what) => Reached(restored, what);
        await redis.Process.KillAsync();
        await failed.Task;

        var refused = await grain.Push(Pushes.WithKey("k", "never"));

        refused.Outcome.ShouldBe(PushOutcome.Unavailable);
        await redis.RunAsync();
        await restored.Task;
        var answer = await grain.Push(Pushes.WithKey("k", "after"));
        (answer.Outcome, answer.First, answer.Status.Epoch, answer.Status.Activation).ShouldBe((PushOutcome.Accepted, 2, before.Epoch, before.Activation));
        (await cluster.ReadAllAsync(stream)).Select(m => m.Message).ShouldBe(["before", "after"]);
    }

    [Fact]
    public async Task Quota_OfStreamsOverTwoSilos_HoldsAlsoAfterOneIsKilled()
    {
        var quota = new CallerQuota("ci", 10, null);
        var names = Enumerable.Range(0, 30).Select(_ => WebstreamCluster.NewStream()).ToArray();
        var answers = await Task.WhenAll(names.Select(name => cluster.GrainOf(name).Push(Pushes.Of("text") with { Quota = quota })));

        answers.Count(answer => answer.Outcome == PushOutcome.Accepted).ShouldBe(10);
        answers.Count(answer => answer.Outcome == PushOutcome.OverStreams).ShouldBe(20);
        var begun = names.Zip(answers).First(one => one.Second.Outcome == PushOutcome.Accepted).First;
        await cluster.Cluster.KillSiloAsync(cluster.Cluster.GetSiloForAddress(cluster.SiloOf(begun))!, TestContext.Current.CancellationToken);

        // What was begun goes on with its next owner, and nothing more is begun until a stream is deleted.
        (await Pushes.UntilItIsInAsync(cluster.GrainOf(begun), Pushes.Of("text") with { Quota = quota })).First.ShouldBe(2);
        (await cluster.GrainOf(WebstreamCluster.NewStream()).Push(Pushes.Of("text") with { Quota = quota })).Outcome.ShouldBe(PushOutcome.OverStreams);
        (await cluster.GrainOf(begun).Delete(Pushes.Patience)).Outcome.ShouldBe(PushOutcome.Accepted);
        await Pushes.UntilItIsInAsync(cluster.GrainOf(WebstreamCluster.NewStream()), Pushes.Of("text") with { Quota = quota });
    }

    private static void Reached(TaskCompletionSource point, ConnectionFailedEventArgs what)
    {
        if (what.ConnectionType == ConnectionType.Interactive)
        {
            point.TrySetResult();
        }
    }
}
