using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Secrets;
using Webstream.Grains.Tests.History.Disk;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Secrets;

/// <summary>What every store of secrets does.</summary>
public abstract class SecretStoreTests
{
    private protected abstract ISecretStore Store { get; }

    [Fact]
    public async Task Secret_IsMadeOnce_AndTheSameForAllWhoAsk()
    {
        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Store.EventIdsAsync()));

        asked[0].Length.ShouldBe(Secret.Length);
        asked.ShouldAllBe(secret => secret.SequenceEqual(asked[0]));
    }
}

public sealed class InMemorySecretStoreTests : SecretStoreTests
{
    private protected override ISecretStore Store { get; } = new InMemorySecretStore();
}

public sealed class DiskSecretStoreTests : SecretStoreTests, IDisposable
{
    private readonly DiskFolder folder = new();
    private DiskStreamHistories logs;

    public DiskSecretStoreTests() => logs = folder.Open();

    private protected override ISecretStore Store => new DiskSecretStore(logs);

    public void Dispose()
    {
        logs.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Secret_OutlivesTheProcess()
    {
        var made = await Store.EventIdsAsync();
        logs.Dispose();
        logs = folder.Open();

        (await Store.EventIdsAsync()).ShouldBe(made);
    }

    [Fact]
    public async Task Secret_ThatIsNotAsItWasWritten_IsReplaced()
    {
        var made = await Store.EventIdsAsync();
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Connection.Run($"UPDATE secrets SET value='{new string('0', 2 * Secret.Length)}'");
            return true;
        });

        var next = await Store.EventIdsAsync();
        next.ShouldNotBe(made);
        next.ShouldNotBe(new byte[Secret.Length]);
        (await Store.EventIdsAsync()).ShouldBe(next);
    }
}

[Collection(OneRedis.Name)]
public sealed class RedisSecretStoreTests(SharedRedis shared) : SecretStoreTests, IAsyncLifetime
{
    private readonly string cluster = RedisLogs.NewCluster();
    private RedisLink? link;

    private protected override ISecretStore Store => NewStore();

    public async ValueTask InitializeAsync() => link = new(await shared.ConnectionAsync(), TimeProvider.System);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task Secret_ThatIsNone_IsReplaced()
    {
        await link!.AskAsync(redis => redis.HashSetAsync($"{cluster}:{{~secrets}}", Secret.EventIds, "short"));

        var made = await Store.EventIdsAsync();

        made.Length.ShouldBe(Secret.Length);
        (await NewStore().EventIdsAsync()).ShouldBe(made);
    }

    private RedisSecretStore NewStore() => new(link!, Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster }));
}
