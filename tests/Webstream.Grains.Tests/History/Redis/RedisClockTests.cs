using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Testing;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using StackExchange.Redis;
using Webstream.Grains.History;
using Webstream.Grains.History.Redis;
using Webstream.Grains.Tests.Hosting;

namespace Webstream.Grains.Tests.History.Redis;

/// <summary>A silo whose machine's clock is wrong: the clock of Redis counts.</summary>
[Collection(OneRedis.Name)]
public sealed class RedisClockTests(SharedRedis redis) : IAsyncLifetime
{
    private static readonly TimeSpan Slack = TimeSpan.FromSeconds(30);

    private readonly string cluster = RedisLogs.NewCluster();
    private IConnectionMultiplexer connection = null!;

    public static TheoryData<double> HoursAhead => [25, -25, 24 * 365 * 30, -24 * 365 * 30];

    public async ValueTask InitializeAsync() => connection = await redis.ConnectionAsync();

    public ValueTask DisposeAsync() => default;

    [Theory]
    [MemberData(nameof(HoursAhead))]
    public async Task Clock_OnceMeasured_IsThatOfRedisAndGoesOnByItself(double hoursAhead)
    {
        var own = new WrongTime(hoursAhead);
        var clock = new RedisClock(own);
        var ahead = await clock.MeasureAsync(connection.GetDatabase());

        ahead.ShouldBe(TimeSpan.FromHours(hoursAhead), Slack);
        clock.GetUtcNow().ShouldBe(DateTimeOffset.UtcNow, Slack);
        // The machine's clock is set.
        own.Off -= TimeSpan.FromHours(100);
        clock.GetUtcNow().ShouldBe(DateTimeOffset.UtcNow, Slack);
    }

    [Theory]
    [MemberData(nameof(HoursAhead))]
    public async Task Takeover_ByASiloWithAWrongClock_KeepsEveryMessage(double hoursAhead)
    {
        using var right = Histories(TimeProvider.System);
        using var wrong = Histories(new WrongTime(hoursAhead));
        var former = right.LogOf(StreamName.Main);
        await former.OpenAsync(TestContext.Current.CancellationToken);
        for (var i = 1; i <= 5; i++)
        {
            await former.AppendAsync(Messages.Batch(Messages.Range(i, 1, at: right.Clock.GetUtcNow())), TestContext.Current.CancellationToken);
        }

        var next = wrong.LogOf(StreamName.Main);
        (await next.OpenAsync(TestContext.Current.CancellationToken)).Count.ShouldBe(5);
        await next.AppendAsync(Messages.Batch(Messages.Range(6, 1, at: wrong.Clock.GetUtcNow())), TestContext.Current.CancellationToken);
        await next.TrimAsync(TestContext.Current.CancellationToken);
        await wrong.Index.FlushAsync();
        await wrong.Index.SweepAsync();

        // And back: what the wrong one has written is not too old either.
        var again = right.LogOf(StreamName.Main);
        (await again.OpenAsync(TestContext.Current.CancellationToken)).Count.ShouldBe(6);
        (again.Range.Oldest, again.Range.Head).ShouldBe((1, 6));
        again.Range.HeadAt!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromSeconds(30));
        foreach (var logs in (RedisStreamHistories[])[right, wrong])
        {
            (await logs.FindAsync(StreamName.Main, TestContext.Current.CancellationToken)).Range.Oldest.ShouldBe(1);
            (await logs.ListAsync("", null, 9, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Range.Oldest.ShouldBe(1);
            // Nor does it seem quiet, so that it would give way to another.
            (await logs.QuietestAsync(logs.Clock.GetUtcNow() - TimeSpan.FromHours(1), 9, TestContext.Current.CancellationToken)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Watch_DifferenceThatBeginsAndEnds_IsALineEach()
    {
        var own = new WrongTime(hoursAhead: 0);
        var logger = new FakeLogger<RedisClockWatch>();
        var clock = new RedisClock(own);
        using var watch = new RedisClockWatch(new(connection, TimeProvider.System), clock, own, logger);
        await watch.MeasureAsync();
        logger.Collector.Count.ShouldBe(0);

        own.Off = -TimeSpan.FromHours(25);
        await watch.MeasureAsync();
        await watch.MeasureAsync();
        var line = logger.Collector.GetSnapshot().ShouldHaveSingleItem();
        line.Level.ShouldBe(LogLevel.Warning);
        line.Message.ShouldStartWith("The clock of this machine is 25 hours behind the clock of Redis.");

        own.Off = TimeSpan.Zero;
        await watch.MeasureAsync();
        await watch.MeasureAsync();
        logger.Collector.GetSnapshot().Select(one => one.Message).Skip(1).ShouldBe(["The clock of this machine agrees with the clock of Redis again"]);
    }

    [Fact]
    public async Task Watch_DifferenceFromTheStart_WasSaidThere()
    {
        var logger = new FakeLogger<RedisClockWatch>();
        var own = new WrongTime(25);
        using var watch = new RedisClockWatch(new(connection, TimeProvider.System), new(own), own, logger);
        await watch.MeasureAsync();
        await watch.MeasureAsync();
        logger.Collector.Count.ShouldBe(0);
    }

    // As the silo makes them, with its own clock, and the clock of Redis not asked yet.
    private RedisStreamHistories Histories(TimeProvider own) => new(
        Options.Create(new HistoryOptions { Retention = TimeSpan.FromDays(1) }),
        Options.Create(new ClusterOptions { ServiceId = cluster, ClusterId = cluster }),
        new RefusedAppends().Metrics,
        own,
        new(own),
        new(connection, own),
        NullLogger<RedisStreamHistories>.Instance);
}
