using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Keys;
using Webstream.Grains.Tables;
using Webstream.Grains.Tests.History.Disk;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Keys;

/// <summary>What every store of keys does.</summary>
public abstract class KeyStoreTests
{
    private protected abstract KeyStore Store { get; }

    protected abstract bool Persists { get; }

    [Fact]
    public async Task Key_IsKeptAsItWasAdded_UntilItIsRemoved()
    {
        var key = New("ci") with { Expires = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero), Limits = new() { MessagesPerSecond = 5 } };
        (await Store.AddAsync(key)).ShouldBe(KeyOutcome.Added);
        (await Store.AddAsync(key)).ShouldBe(KeyOutcome.Taken);

        var list = (await Store.ReadAsync(null)).ShouldNotBeNull();
        list.Persistent.ShouldBe(Persists);
        var kept = list.Keys.ShouldHaveSingleItem();
        kept.ShouldBeEquivalentTo(key);

        (await Store.RemoveAsync(key.Id)).ShouldBeTrue();
        (await Store.RemoveAsync(key.Id)).ShouldBeFalse();
        (await Store.ReadAsync(list.Version)).ShouldNotBeNull().Keys.ShouldBeEmpty();
    }

    [Fact]
    public async Task Version_IsAnotherOneAfterEachChange_AndNothingIsReadMeanwhile()
    {
        var first = (await Store.ReadAsync(null)).ShouldNotBeNull().Version;
        (await Store.ReadAsync(first)).ShouldBeNull();
        var key = New("a");
        await Store.AddAsync(key);
        var second = (await Store.ReadAsync(first)).ShouldNotBeNull().Version;
        (await Store.ReadAsync(second)).ShouldBeNull();
        await Store.RemoveAsync(key.Id);
        var third = (await Store.ReadAsync(second)).ShouldNotBeNull().Version;

        new[] { first, second, third }.ShouldBeUnique();
        (await Store.RemoveAsync("version")).ShouldBeFalse();
    }

    [Fact]
    public async Task Keys_BeyondTheMost_AreRefused()
    {
        for (var i = 0; i < KeyList.MaxKeys; i++)
        {
            (await Store.AddAsync(New($"k{i}"))).ShouldBe(KeyOutcome.Added);
        }

        (await Store.AddAsync(New("one-more"))).ShouldBe(KeyOutcome.Full);
        (await Store.ReadAsync(null)).ShouldNotBeNull().Keys.Length.ShouldBe(KeyList.MaxKeys);
    }

    private protected static StoredKey New(string name) => StoredKey.New(
        name, new() { Publish = ["builds.*"], History = ["*"], Admin = true }, new(2026, 11, 30, 9, 0, 0, TimeSpan.Zero)).Stored;
}

public sealed class InMemoryKeyStoreTests : KeyStoreTests
{
    private protected override KeyStore Store { get; } = new(new InMemoryTables());

    protected override bool Persists => false;
}

public sealed class DiskKeyStoreTests : KeyStoreTests, IDisposable
{
    private readonly DiskFolder folder = new();
    private DiskStreamHistories logs;

    public DiskKeyStoreTests() => logs = folder.Open();

    private protected override KeyStore Store => new(new DiskTables(logs));

    protected override bool Persists => true;

    public void Dispose()
    {
        logs.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Keys_OutliveTheProcess_BesideTheHistories()
    {
        var head = await logs.PushAsync("s", 3);
        var key = New("ci");
        await Store.AddAsync(key);
        logs.Dispose();
        logs = folder.Open();

        (await Store.ReadAsync(null)).ShouldNotBeNull().Keys.ShouldHaveSingleItem().Id.ShouldBe(key.Id);
        (await logs.PushAsync("s", 0)).ShouldBe(head);
    }

    [Fact]
    public async Task Row_ThatIsNotAsItWasWritten_GivesNobodyARight()
    {
        var (damaged, whole) = (New("damaged"), New("whole"));
        await Store.AddAsync(damaged);
        await Store.AddAsync(whole);
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Connection.Run($"UPDATE api_keys SET value=replace(value, '\"builds.*\"', '\"*\"') WHERE id='{damaged.Id}'");
            return true;
        });

        (await Store.ReadAsync(null)).ShouldNotBeNull().Keys.ShouldHaveSingleItem().Id.ShouldBe(whole.Id);
    }
}

[Collection(OneRedis.Name)]
public sealed class RedisKeyStoreTests(SharedRedis shared) : KeyStoreTests, IAsyncLifetime
{
    private readonly string cluster = RedisLogs.NewCluster();
    private KeyStore? store;

    private protected override KeyStore Store => store!;

    protected override bool Persists => true;

    public async ValueTask InitializeAsync() => store = new(new RedisTables(
        new(await shared.ConnectionAsync(), TimeProvider.System), Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster })));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
