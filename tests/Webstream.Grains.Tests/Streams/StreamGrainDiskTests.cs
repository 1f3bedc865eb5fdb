using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Memory;
using Webstream.Grains.Tests.History.Disk;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Streams;

/// <summary>An owner whose history is on disk: it keeps no keys, and asks for them.</summary>
public sealed class StreamGrainDiskTests(StreamGrainDiskTests.DiskCluster cluster) : IClassFixture<StreamGrainDiskTests.DiskCluster>
{
    [Fact]
    public async Task Push_KeyOfAnEarlierPush_IsADuplicateAlsoForTheNextOwner()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var first = await grain.Push(Pushes.WithKey("k", "a", "b"));

        var same = await grain.Push(Pushes.WithKey("k", "a", "b"));
        var reused = await grain.Push(Pushes.WithKey("k", "c"));
        await cluster.Cluster.DeactivateAsync(grain);
        var later = await grain.Push(Pushes.WithKey("k", "a", "b"));
        var next = await grain.Push(Pushes.Of("c"));

        (first.Outcome, first.First, first.Count).ShouldBe((PushOutcome.Accepted, 1, 2));
        (same.Outcome, same.First, same.Count, same.Timestamp).ShouldBe((PushOutcome.Duplicate, 1, 2, first.Timestamp));
        reused.Outcome.ShouldBe(PushOutcome.KeyReused);
        (later.Outcome, later.First, later.Status.Activation == first.Status.Activation).ShouldBe((PushOutcome.Duplicate, 1, false));
        (next.Status.Epoch, next.First).ShouldBe((first.Status.Epoch, 3));
        (await cluster.ReadAllAsync(stream)).Select(message => message.Message).ShouldBe(["a", "b", "c"]);
    }

    [Fact]
    public async Task Push_OneKeyManyTimesAtOnce_IsInOnce()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => grain.Push(Pushes.WithKey($"k{i % 5}", "a"))));

        answers.Count(answer => answer.Outcome == PushOutcome.Accepted).ShouldBe(5);
        answers.Count(answer => answer.Outcome == PushOutcome.Duplicate).ShouldBe(45);
        (await grain.Describe()).Head.ShouldBe(5);
    }

    [Fact]
    public async Task PushEach_WithKnownAndNewKeys_AnswersEach()
    {
        var grain = cluster.GrainOf(WebstreamCluster.NewStream());
        await grain.Push(Pushes.WithKey("k", "a"));
        var answers = await grain.PushEach([Pushes.WithKey("k", "a"), Pushes.WithKey("l", "b"), Pushes.WithKey("l", "b")]);
        answers.Select(answer => (answer!.Outcome, answer.First)).ShouldBe([(PushOutcome.Duplicate, 1), (PushOutcome.Accepted, 2), (PushOutcome.Duplicate, 2)]);
    }

    [Fact]
    public async Task Push_ThatMayBeIn_IsSentAgainAndIsInOnce()
    {
        var stream = WebstreamCluster.NewStream();
        var tries = 0;
        cluster.Scripts[stream] = async (_, append) =>
        {
            var result = await append();
            return Interlocked.Increment(ref tries) == 1 ? throw new HistoryAwayException("The answer was lost.", maybeIn: true) : result;
        };

        var answer = await cluster.GrainOf(stream).Push(Pushes.Of("a"));
        cluster.Scripts.TryRemove(stream, out _);

        (answer.Outcome, answer.First, tries).ShouldBe((PushOutcome.Accepted, 1, 2));
        (await cluster.ReadAllAsync(stream)).Length.ShouldBe(1);
    }

    [Fact]
    public async Task Report_OfAPositionAheadOfTheHistory_BeginsANewEpochThatKeepsTheMessages()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = (await grain.Push(Pushes.WithKey("k", "a"))).Status;

        // A gateway that outlived the silo has seen what the silo's machine has lost.
        await grain.Report(new("g", 1, 1, 1, before.Epoch, 5));
        await cluster.Cluster.WaitForDeactivationAsync(grain);

        var after = await grain.Describe();
        (after.Epoch == before.Epoch, after.Head).ShouldBe((false, 1));
        (await grain.Push(Pushes.WithKey("k", "a"))).Outcome.ShouldBe(PushOutcome.Duplicate);
        (await grain.Push(Pushes.Of("b"))).First.ShouldBe(2);
    }

    [Fact]
    public async Task Read_OfADamagedHistory_LeavesItToAnOwnerThatBeginsAnew()
    {
        var stream = WebstreamCluster.NewStream();
        var grain = cluster.GrainOf(stream);
        var before = (await grain.Push(Pushes.Of("a", "b", "c"))).Status;
        await cluster.Disk.Writer.RunAsync(() =>
        {
            cluster.Disk.File.Connection.Run($"DELETE FROM messages WHERE seq=2 AND life=(SELECT life FROM streams WHERE name='{stream}')");
            return true;
        });

        await Should.ThrowAsync<HistoryAwayException>(() => cluster.ReadAllAsync(stream));
        await cluster.Cluster.WaitForDeactivationAsync(grain);
        var pushed = await grain.Push(Pushes.Of("d"));

        (pushed.Outcome, pushed.First, pushed.Status.Epoch == before.Epoch).ShouldBe((PushOutcome.Accepted, 4, false));
        (await cluster.ReadAllAsync(stream)).Select(message => message.Message).ShouldBe(["d"]);
    }

    /// <summary>One silo with its history on disk.</summary>
    public sealed class DiskCluster : WebstreamCluster, IAsyncDisposable
    {
        private readonly DiskFolder folder;

        public DiskCluster()
            : this(new())
        {
        }

        private DiskCluster(StrongBox<DiskCluster?> itself)
            : base(time: null, redis: null, silo => silo.Services.AddSingleton<IStreamHistories>(services => itself.Value!.Open(services)), silos: 1) =>
            (folder, itself.Value) = (new(), this);

        internal DiskStreamHistories Disk => (DiskStreamHistories)Logs.Inner;

        async ValueTask IAsyncDisposable.DisposeAsync()
        {
            var disk = Disk;
            await DisposeAsync();
            disk.Dispose();
            folder.Dispose();
        }

        private ScriptedLogs Open(IServiceProvider services) => new(
            DiskStreamHistories.Open(
                new() { Path = folder.Path, ReserveBytes = 0 },
                new(),
                services.GetRequiredService<MemoryBudget>(),
                services.GetRequiredService<HistoryMetrics>(),
                TimeProvider.System,
                services.GetRequiredService<ILogger<DiskStreamHistories>>()),
            Scripts,
            Forgets);
    }
}
