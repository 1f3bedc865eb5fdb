using Webstream.Grains.History;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>Two writers on one stream, as when the cluster runs two activations of one grain.</summary>
[Collection(OneRedis.Name)]
public class RedisStreamHistoryFenceTests(SharedRedis redis)
{
    private const int Each = 150;

    [Fact]
    public async Task Append_TwoWritersAtOnce_NumberEveryMessageOnce()
    {
        var cluster = RedisLogs.NewCluster();
        using var refused = new RefusedAppends();
        using var start = new Barrier(2);
        // Each writer has a connection of its own, so that commands of one do not hold back the other.
        await using var one = await redis.AnotherConnectionAsync();
        await using var other = await redis.AnotherConnectionAsync();

        var results = await Task.WhenAll(new[] { one, other }.Select((connection, writer) => Task.Run(
            () => WriteAsync(RedisLogs.Of(connection, cluster, metrics: refused.Metrics).LogOf(StreamName.Main), writer, start))));

        var log = RedisLogs.Of(one, cluster).LogOf(StreamName.Main);
        await log.OpenAsync(TestContext.Current.CancellationToken);
        var history = await log.ReadAsync(new(0, int.MaxValue, int.MaxValue), TestContext.Current.CancellationToken);
        var batches = results.SelectMany(result => result.Batches).OrderBy(batch => batch.First).ToArray();
        // The accepted batches are there in order, batch after batch, and none of the refused ones.
        batches.Length.ShouldBe(2 * Each);
        history.Select(m => (m.Id, m.Message)).ShouldBe(batches.SelectMany(batch => batch.Messages).Select(m => (m.Id, m.Message)));
        history.Select(m => m.Id.Sequence).ShouldBe(Enumerable.Range(1, history.Length).Select(i => (long)i));
        results.Sum(result => result.Refused).ShouldBeGreaterThan(0);
        refused.Count.ShouldBe(results.Sum(result => result.Refused));
    }

    // Writes as an owner does: after a refusal it reads the history and goes on from there.
    private static async Task<(List<HistoryBatch> Batches, int Refused)> WriteAsync(IStreamHistory log, int writer, Barrier start)
    {
        var (taken, refused) = (new List<HistoryBatch>(), 0);
        start.SignalAndWait(TestContext.Current.CancellationToken);
        while (taken.Count < Each)
        {
            var next = log.Range.Head + 1;
            var epoch = log.Range.Epoch == 0 ? EventId.NewEpoch() : log.Range.Epoch;
            var messages = Messages.Range(next, 1 + ((taken.Count * 7) % 20), $"{writer}:{taken.Count}:{refused}", DateTimeOffset.UtcNow, epoch);
            var batch = Messages.Batch(messages);
            if (await log.AppendAsync(batch, TestContext.Current.CancellationToken) == AppendResult.Appended)
            {
                taken.Add(batch);
            }
            else
            {
                refused++;
                await log.OpenAsync(TestContext.Current.CancellationToken);
            }
        }

        return (taken, refused);
    }
}
