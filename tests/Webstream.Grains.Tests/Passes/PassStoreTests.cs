using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Configuration;
using Webstream.Grains.History.Disk;
using Webstream.Grains.Passes;
using Webstream.Grains.Tests.History.Disk;
using Webstream.Grains.Tests.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.Passes;

/// <summary>What every store of sessions and tickets does.</summary>
public abstract class PassStoreTests
{
    // Redis has a clock of its own, which the test does not set.
    private protected FakeTimeProvider Time { get; } = new(DateTimeOffset.UtcNow);

    private protected abstract IPassStore Store { get; }

    [Fact]
    public async Task Pass_IsFoundAsItWasAdded_UntilItIsRemoved()
    {
        var session = New(PassKind.Session, "a");
        var ticket = New(PassKind.Ticket, "a") with
        {
            Session = session.Id,
            Holder = new()
            {
                Kind = PassHolderKind.Token,
                Name = "@alice of https://id.example",
                Issuer = "https://id.example",
                Subject = "@alice",
                Rights = new() { Subscribe = ["a.*"], Admin = true },
                Ends = Time.GetUtcNow().AddMinutes(5),
            },
        };
        (await Store.AddAsync(session)).ShouldBe(PassOutcome.Added);
        (await Store.AddAsync(ticket)).ShouldBe(PassOutcome.Added);

        var found = await Store.FindAsync([ticket.Id, "none", session.Id]);
        found.Length.ShouldBe(3);
        found[0].ShouldBeEquivalentTo(ticket);
        found[1].ShouldBeNull();
        found[2].ShouldBeEquivalentTo(session);

        (await Store.RemoveAsync(session.Id)).ShouldBeTrue();
        (await Store.RemoveAsync(session.Id)).ShouldBeFalse();
        (await FindAsync(session)).ShouldBeNull();
    }

    [Fact]
    public async Task Pass_ThatHasEnded_IsNotFound()
    {
        var (session, ticket) = (New(PassKind.Session, "a"), New(PassKind.Ticket, "a"));
        await Store.AddAsync(session);
        await Store.AddAsync(ticket);
        Time.Advance(StoredPass.Untaken);
        (await FindAsync(ticket)).ShouldBeNull();
        (await FindAsync(session)).ShouldNotBeNull();
        (await Store.TakeAsync(ticket.Id)).ShouldBe(new(null, IsFirst: false));

        Time.Advance(StoredPass.Longest);
        (await FindAsync(session)).ShouldBeNull();
    }

    [Fact]
    public async Task Ticket_IsTakenOnce_AndThenLastsAsATakenOne()
    {
        var ticket = New(PassKind.Ticket, "a");
        await Store.AddAsync(ticket);

        var takes = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Store.TakeAsync(ticket.Id))));
        takes.Count(take => take.IsFirst).ShouldBe(1);
        takes.ShouldAllBe(take => take.Pass!.Taken);

        Time.Advance(StoredPass.Untaken + TimeSpan.FromSeconds(1));
        (await FindAsync(ticket)).ShouldNotBeNull().Taken.ShouldBeTrue();
        (await Store.TakeAsync(ticket.Id)).IsFirst.ShouldBeFalse();
    }

    [Fact]
    public async Task WhatIsNoTicket_CannotBeTaken()
    {
        var session = New(PassKind.Session, "a");
        await Store.AddAsync(session);

        (await Store.TakeAsync(session.Id)).Pass.ShouldBeNull();
        (await Store.TakeAsync("none")).Pass.ShouldBeNull();
        (await FindAsync(session)).ShouldBeEquivalentTo(session);
    }

    [Fact]
    public async Task Holder_WithTooMany_LosesTheFirst_AndNobodyElseLosesAny()
    {
        var (other, ticket) = (New(PassKind.Session, "b"), New(PassKind.Ticket, "a"));
        await Store.AddAsync(other);
        await Store.AddAsync(ticket);
        var first = await AddAsync(PassKind.Session, "a");
        var second = await AddAsync(PassKind.Session, "a");
        for (var i = 0; i < PassBounds.MostSessionsOfOne - 1; i++)
        {
            await AddAsync(PassKind.Session, "a");
        }

        (await FindAsync(first)).ShouldBeNull();
        (await FindAsync(second)).ShouldNotBeNull();
        (await FindAsync(other)).ShouldNotBeNull();
        (await FindAsync(ticket)).ShouldNotBeNull();
    }

    private protected async Task<StoredPass> AddAsync(PassKind kind, string holder)
    {
        Time.Advance(TimeSpan.FromMilliseconds(2));
        var pass = New(kind, holder);
        (await Store.AddAsync(pass)).ShouldBe(PassOutcome.Added);
        return pass;
    }

    private protected async Task<StoredPass?> FindAsync(StoredPass pass) => (await Store.FindAsync([pass.Id])).ShouldHaveSingleItem();

    private protected StoredPass New(PassKind kind, string holder)
    {
        var now = Time.GetUtcNow();
        return new()
        {
            Id = StoredPass.NewSecret(kind).Id,
            Kind = kind,
            Holder = new() { Kind = PassHolderKind.Key, Name = holder, KeyId = holder },
            Stream = kind == PassKind.Ticket ? "s" : null,
            Created = now,
            Expires = now + (kind == PassKind.Ticket ? StoredPass.Untaken : StoredPass.Longest),
            Latest = now + StoredPass.Longest,
        };
    }
}

public sealed class InMemoryPassStoreTests : PassStoreTests
{
    private readonly InMemoryPassStore store;

    public InMemoryPassStoreTests() => store = new(Time);

    private protected override IPassStore Store => store;

    [Fact]
    public async Task PassesOfAll_BeyondTheMost_AreRefused_UntilSomeHaveEnded()
    {
        for (var i = 0; i < PassBounds.Most; i++)
        {
            (await store.AddAsync(New(PassKind.Ticket, $"{i / 100}"))).ShouldBe(PassOutcome.Added);
        }

        (await store.AddAsync(New(PassKind.Ticket, "one more"))).ShouldBe(PassOutcome.Full);
        (await store.AddAsync(New(PassKind.Session, "one more"))).ShouldBe(PassOutcome.Added);
        Time.Advance(StoredPass.Untaken);
        (await store.AddAsync(New(PassKind.Ticket, "one more"))).ShouldBe(PassOutcome.Added);
    }
}

public sealed class DiskPassStoreTests : PassStoreTests, IDisposable
{
    private readonly DiskFolder folder = new();
    private DiskStreamHistories logs;

    public DiskPassStoreTests() => logs = folder.Open();

    private protected override IPassStore Store => new DiskPassStore(logs, Time);

    public void Dispose()
    {
        logs.Dispose();
        folder.Dispose();
    }

    [Fact]
    public async Task Passes_OutliveTheProcess_AlsoThatOneWasTaken()
    {
        var (session, ticket) = (await AddAsync(PassKind.Session, "a"), await AddAsync(PassKind.Ticket, "a"));
        await Store.TakeAsync(ticket.Id);
        logs.Dispose();
        logs = folder.Open();

        (await FindAsync(session)).ShouldBeEquivalentTo(session);
        (await Store.TakeAsync(ticket.Id)).IsFirst.ShouldBeFalse();
    }

    [Fact]
    public async Task Row_ThatIsNotAsItWasWritten_GivesNobodyARight()
    {
        var (damaged, whole) = (await AddAsync(PassKind.Session, "a"), await AddAsync(PassKind.Session, "a"));
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Connection.Run($"UPDATE passes SET value=replace(value, '\"keyId\":\"a\"', '\"keyId\":\"b\"') WHERE id='{damaged.Id}'");
            return true;
        });

        (await FindAsync(damaged)).ShouldBeNull();
        (await FindAsync(whole)).ShouldNotBeNull();
    }
}

[Collection(OneRedis.Name)]
public sealed class RedisPassStoreTests(SharedRedis shared) : PassStoreTests, IAsyncLifetime
{
    private readonly string cluster = RedisLogs.NewCluster();
    private StackExchange.Redis.IConnectionMultiplexer? redis;
    private RedisPassStore? store;

    private protected override IPassStore Store => store!;

    public async ValueTask InitializeAsync()
    {
        redis = await shared.ConnectionAsync();
        store = new(new(redis, TimeProvider.System), Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster }), Time);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task PassesOfAll_BeyondTheMost_AreRefused_UntilSomeHaveEnded()
    {
        foreach (var some in Enumerable.Range(0, PassBounds.Most).Chunk(500))
        {
            (await Task.WhenAll(some.Select(i => Store.AddAsync(New(PassKind.Ticket, $"{i / 100}"))))).ShouldAllBe(outcome => outcome == PassOutcome.Added);
        }

        (await Store.AddAsync(New(PassKind.Ticket, "one more"))).ShouldBe(PassOutcome.Full);
        (await Store.AddAsync(New(PassKind.Session, "one more"))).ShouldBe(PassOutcome.Added);
        Time.Advance(StoredPass.Untaken);
        (await Store.AddAsync(New(PassKind.Ticket, "one more"))).ShouldBe(PassOutcome.Added);
    }

    [Fact]
    public async Task EveryKey_ExpiresByItself()
    {
        var (session, ticket) = (await AddAsync(PassKind.Session, "a"), await AddAsync(PassKind.Ticket, "a"));
        var database = redis!.GetDatabase();
        (await LifeOfAsync(ticket)).ShouldBeLessThanOrEqualTo(StoredPass.Untaken);
        (await LifeOfAsync(session)).ShouldBeGreaterThan(StoredPass.Untaken);
        await Store.TakeAsync(ticket.Id);
        (await LifeOfAsync(ticket)).ShouldBeGreaterThan(StoredPass.Untaken);
        foreach (var endPoint in redis.GetEndPoints())
        {
            await foreach (var key in redis.GetServer(endPoint).KeysAsync(pattern: $"{cluster}:*"))
            {
                (await database.KeyTimeToLiveAsync(key)).ShouldNotBeNull(key.ToString());
            }
        }

        async Task<TimeSpan> LifeOfAsync(StoredPass pass) => (await database.KeyTimeToLiveAsync($"{cluster}:{{~passes}}:pass:{pass.Id}")).ShouldNotBeNull();
    }
}
