using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Rules;
using Webstream.Grains.Tables;
using Webstream.Grains.Tests.History.Disk;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Grains.Tests.Rules;

/// <summary>What every store of rules does.</summary>
public abstract class RuleStoreTests
{
    private const RuleMembers All = RuleMembers.Read | RuleMembers.Write | RuleMembers.Listed;

    private protected abstract RuleStore Store { get; }

    [Fact]
    public async Task Rule_IsChangedMemberByMember_AndGoesWithItsLast()
    {
        await SetAsync("a", new(All, new() { Read = ReadPolicy.Key, Write = WritePolicy.Loopback, Listed = false }));
        await SetAsync("a", new(RuleMembers.Write, new() { Write = WritePolicy.Open }));
        (await OfAsync("a")).ShouldBe(new() { Read = ReadPolicy.Key, Write = WritePolicy.Open, Listed = false });

        await SetAsync("a", new(RuleMembers.Read | RuleMembers.Write, OwnRule.None));
        (await OfAsync("a")).ShouldBe(new() { Listed = false });
        var before = (await Store.ReadAsync(null)).ShouldNotBeNull();
        await SetAsync("a", new(RuleMembers.Listed, OwnRule.None));
        (await Store.ReadAsync(before.Version)).ShouldNotBeNull().Rules.ShouldBeEmpty();
        await SetAsync("a", new(RuleMembers.Listed, OwnRule.None));
    }

    [Fact]
    public async Task Stream_NamedAsTheVersionIs_HasARuleToo()
    {
        await SetAsync("version", new(RuleMembers.Read, new() { Read = ReadPolicy.Key }));
        (await Store.ReadAsync(null)).ShouldNotBeNull().Rules.ShouldHaveSingleItem().ShouldBe(new("version", new() { Read = ReadPolicy.Key }));
    }

    [Fact]
    public async Task Change_ThatOnlyCloses_OpensNothing()
    {
        await SetAsync("a", new(All, new() { Read = ReadPolicy.Key, Write = WritePolicy.Key }));
        await SetAsync("a", new(RuleMembers.None, new() { Read = ReadPolicy.Open, Write = WritePolicy.Open, Listed = true }, OnlyStricter: true));
        (await OfAsync("a")).ShouldBe(new() { Read = ReadPolicy.Key, Write = WritePolicy.Key, Listed = true });

        await SetAsync("b", new(All, new() { Read = ReadPolicy.Open, Write = WritePolicy.Open, Listed = true }));
        await SetAsync("b", new(RuleMembers.None, OwnRule.Closed, OnlyStricter: true));
        (await OfAsync("b")).ShouldBe(OwnRule.Closed);
    }

    [Fact]
    public async Task Changes_AtTheSameTime_AllCount()
    {
        var stop = TestContext.Current.CancellationToken;
        for (var round = 0; round < 20; round++)
        {
            var name = $"s{round}";
            await Task.WhenAll(
                Task.Run(() => SetAsync(name, new(RuleMembers.Read, new() { Read = ReadPolicy.Key })), stop),
                Task.Run(() => SetAsync(name, new(RuleMembers.Write, new() { Write = WritePolicy.Key })), stop),
                Task.Run(() => SetAsync(name, new(RuleMembers.Listed, new() { Listed = false })), stop));
            (await OfAsync(name)).ShouldBe(OwnRule.Closed);
        }
    }

    private protected async Task<OwnRule> OfAsync(string stream) =>
        (await Store.ReadAsync(null)).ShouldNotBeNull().Rules.Single(one => one.Stream == stream).Rule;

    private protected async Task SetAsync(string stream, RuleChange change) =>
        (await Store.ChangeAsync(StreamName.Parse(stream), change)).ShouldBe(RuleOutcome.Set);
}

public sealed class InMemoryRuleStoreTests : RuleStoreTests
{
    private protected override RuleStore Store { get; } = new(new InMemoryTables());
}

public sealed class DiskRuleStoreTests : RuleStoreTests, IDisposable
{
    private readonly DiskFolder folder = new();
    private DiskStreamHistories logs;

    public DiskRuleStoreTests() => logs = folder.Open();

    private protected override RuleStore Store => new(new DiskTables(logs));

    public void Dispose()
    {
        logs.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Rules_OutliveTheProcess()
    {
        await SetAsync("a", new(RuleMembers.Read, new() { Read = ReadPolicy.Key }));
        logs.Dispose();
        logs = folder.Open();
        (await OfAsync("a")).ShouldBe(new() { Read = ReadPolicy.Key });
    }

    [Fact]
    public async Task Rule_ThatIsNotAsItWasWritten_ClosesItsStream_UntilItIsSetAnew()
    {
        await SetAsync("a", new(RuleMembers.Read, new() { Read = ReadPolicy.Key }));
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Connection.Run("UPDATE api_rules SET value=replace(value, 'key', 'open') WHERE id='stream/a'");
            return true;
        });
        (await OfAsync("a")).ShouldBe(OwnRule.Closed);

        await SetAsync("a", new(RuleMembers.Listed, new() { Listed = true }));
        (await OfAsync("a")).ShouldBe(OwnRule.Closed with { Listed = true });
        await SetAsync("a", new(RuleMembers.Read | RuleMembers.Write | RuleMembers.Listed, OwnRule.None));
        (await Store.ReadAsync(null)).ShouldNotBeNull().Rules.ShouldBeEmpty();
    }
}

[Collection(OneRedis.Name)]
public sealed class RedisRuleStoreTests(SharedRedis shared) : RuleStoreTests, IAsyncLifetime
{
    private readonly string cluster = RedisLogs.NewCluster();
    private RedisTables? tables;

    private protected override RuleStore Store => new(tables!);

    public async ValueTask InitializeAsync() => tables = new(
        new(await shared.ConnectionAsync(), TimeProvider.System), Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster }));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
