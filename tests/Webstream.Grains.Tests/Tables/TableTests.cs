using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Tables;
using Webstream.Grains.Tests.History.Disk;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Tables;

/// <summary>What every store of small tables does.</summary>
public abstract class TableTests
{
    private protected abstract ITables Tables { get; }

    [Fact]
    public async Task Row_IsWrittenOnlyAsItsWriterKnowsIt()
    {
        var table = Tables.Open("test", 10);
        (await table.FindAsync("a")).ShouldBeNull();
        (await table.SetAsync("a", "x", "1")).ShouldBe(TableOutcome.Changed);
        (await table.SetAsync("a", null, "1")).ShouldBe(TableOutcome.Done);
        (await table.SetAsync("a", null, "2")).ShouldBe(TableOutcome.Changed);
        (await table.SetAsync("a", "1", "2")).ShouldBe(TableOutcome.Done);
        (await table.SetAsync("a", "1", "3")).ShouldBe(TableOutcome.Changed);

        (await table.FindAsync("a")).ShouldBe(new TableRow("a", "2"));
        (await table.RemoveAsync("a", "1")).ShouldBeFalse();
        (await table.RemoveAsync("a", "2")).ShouldBeTrue();
        (await table.RemoveAsync("a")).ShouldBeFalse();
        (await table.ReadAsync(null)).ShouldNotBeNull().Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Rows_BeyondTheMost_AreRefused_AndThoseThatAreThereCanBeChanged()
    {
        var table = Tables.Open("few", 2);
        await table.SetAsync("a", null, "1");
        await table.SetAsync("b", null, "1");
        (await table.SetAsync("c", null, "1")).ShouldBe(TableOutcome.Full);
        (await table.SetAsync("b", "1", "2")).ShouldBe(TableOutcome.Done);
        await table.RemoveAsync("a");
        (await table.SetAsync("c", null, "1")).ShouldBe(TableOutcome.Done);

        (await table.ReadAsync(null)).ShouldNotBeNull().Rows.OrderBy(row => row.Id).ShouldBe([new("b", "2"), new("c", "1")]);
    }

    [Fact]
    public async Task Tables_OfOneStore_KnowNothingOfEachOther()
    {
        await Tables.Open("one", 10).SetAsync("a", null, "1");
        var other = Tables.Open("other", 10);
        var before = (await other.ReadAsync(null)).ShouldNotBeNull();
        before.Rows.ShouldBeEmpty();
        await Tables.Open("one", 10).SetAsync("b", null, "1");

        (await other.ReadAsync(before.Version)).ShouldBeNull();
    }

    [Fact]
    public async Task Version_IsAnotherOneAfterEachChange_AndOnlyThen()
    {
        var table = Tables.Open("versions", 10);
        var versions = new List<long> { (await table.ReadAsync(null)).ShouldNotBeNull().Version };
        foreach (var change in (Func<Task>[])[() => table.SetAsync("a", null, "1"), () => table.SetAsync("a", "1", "2"), () => table.RemoveAsync("a", "2")])
        {
            (await table.ReadAsync(versions[^1])).ShouldBeNull();
            await change();
            versions.Add((await table.ReadAsync(versions[^1])).ShouldNotBeNull().Version);
        }

        versions.ShouldBeUnique();
        (await table.RemoveAsync("version")).ShouldBeFalse();
    }
}

public sealed class InMemoryTableTests : TableTests
{
    private protected override ITables Tables { get; } = new InMemoryTables();
}

public sealed class DiskTableTests : TableTests, IDisposable
{
    private readonly DiskFolder folder = new();
    private readonly DiskStreamHistories logs;

    public DiskTableTests() => logs = folder.Open();

    private protected override ITables Tables => new DiskTables(logs);

    public void Dispose()
    {
        logs.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("UPDATE api_test SET value='7' WHERE id='version'")]
    [InlineData("DELETE FROM api_test WHERE id='version'")]
    public async Task Version_ThatIsLost_LosesNoRow(string damage)
    {
        var table = Tables.Open("test", 10);
        await table.SetAsync("a", null, "1");
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Connection.Run(damage);
            return true;
        });

        (await table.ReadAsync(null)).ShouldNotBeNull().Rows.ShouldBe([new("a", "1")]);
        (await table.ReadAsync(0)).ShouldNotBeNull().Rows.ShouldBe([new("a", "1")]);
    }
}

[Collection(OneRedis.Name)]
public sealed class RedisTableTests(SharedRedis shared) : TableTests, IAsyncLifetime
{
    private readonly string cluster = RedisLogs.NewCluster();
    private RedisTables? tables;

    private protected override ITables Tables => tables!;

    public async ValueTask InitializeAsync() => tables = new(
        new(await shared.ConnectionAsync(), TimeProvider.System), Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster }));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
