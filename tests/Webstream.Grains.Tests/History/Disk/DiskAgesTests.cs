using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>A machine's clock that is wrong erases nothing; one that is right does, a little later.</summary>
public sealed class DiskAgesTests : IDisposable
{
    private static readonly TimeSpan AlmostAnHour = TimeSpan.FromMinutes(58);
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(400);

    private readonly DiskFolder folder = new();

    private FakeTimeProvider Time => folder.Time;

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Start_WithAClockFarAhead_ErasesNothing_AlsoAfterItWasSetRight()
    {
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() + Ahead);
        using (var logs = folder.Open())
        {
            folder.Told(LogLevel.Information).ShouldHaveSingleItem().ShouldContain("nothing becomes too old");
            await OwnerTrimsAsync(logs);
            Time.Advance(AlmostAnHour);
            (await KeptAsync(logs)).ShouldBe(10);
            logs.RangeOf("a").Oldest.ShouldBe(1);

            Time.AdjustTime(Time.GetUtcNow() - Ahead);
            Time.Advance(TimeSpan.FromHours(3));
            await OwnerTrimsAsync(logs);
            (await KeptAsync(logs)).ShouldBe(10);
        }

        using var next = folder.Open();
        (await KeptAsync(next)).ShouldBe(10);
        (await next.ReadAllAsync("a")).Count.ShouldBe(10);
    }

    [Fact]
    public async Task Start_AfterALongTime_ErasesWhatIsTooOldWhenAnHourHasPassed()
    {
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() + Ahead);
        using var logs = folder.Open();
        (await KeptAsync(logs)).ShouldBe(10);
        Time.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMinutes(1));
        (await KeptAsync(logs)).ShouldBe(0);
        (logs.RangeOf("a").Head, logs.RangeOf("a").Oldest).ShouldBe((10, 11));
    }

    [Fact]
    public async Task Hour_OfAClockThatIsAhead_IsThatOfAllProcessesTogether()
    {
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() + Ahead);
        for (var start = 1; start <= 2; start++)
        {
            using var logs = folder.Open();
            Time.Advance(TimeSpan.FromMinutes(25));
            (await KeptAsync(logs)).ShouldBe(10);
        }

        // The machine was off for a while: it is the same leap still.
        Time.AdjustTime(Time.GetUtcNow() + TimeSpan.FromHours(8));
        using var last = folder.Open();
        Time.Advance(TimeSpan.FromMinutes(12));
        (await KeptAsync(last)).ShouldBe(0);
    }

    [Fact]
    public async Task MessagesPushedWithAWrongClock_LetNothingElseBecomeTooOld()
    {
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() + Ahead);
        using var killed = new DiskFolder();
        using (var logs = folder.Open())
        {
            await logs.PushAsync("b", 1);
            folder.CopyTo(killed);
        }

        killed.Time.AdjustTime(Time.GetUtcNow());
        using var next = killed.Open();
        (await KeptAsync(next)).ShouldBe(11);
        next.RangeOf("a").Oldest.ShouldBe(1);
    }

    [Fact]
    public async Task Clock_ThatIsFarBehind_ErasesNothing_AndWhenItIsRightAgainAgesGoOn()
    {
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() - Ahead);
        using var logs = folder.Open();
        Time.Advance(TimeSpan.FromMinutes(5));
        (await KeptAsync(logs)).ShouldBe(10);
        Time.AdjustTime(Time.GetUtcNow() + Ahead);
        (await KeptAsync(logs)).ShouldBe(10);

        Time.Advance(folder.Retained.Retention);
        (await KeptAsync(logs)).ShouldBe(0);
    }

    [Fact]
    public async Task Streams_OfAnUnbelievedClock_DoNotSeemQuiet()
    {
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() + Ahead);
        using var logs = folder.Open();
        (await QuietAsync(logs)).ShouldBeEmpty();
        Time.Advance(TimeSpan.FromMinutes(61));
        (await QuietAsync(logs)).ShouldBe(["a"]);
    }

    [Fact]
    public async Task Retention_ShorterThanAnHour_IsWaitedForNoLongerThanThat()
    {
        folder.Retained.Retention = TimeSpan.FromMinutes(10);
        await PushAndEndAsync();
        Time.AdjustTime(Time.GetUtcNow() + TimeSpan.FromMinutes(30));
        using var logs = folder.Open();
        Time.Advance(TimeSpan.FromMinutes(8));
        (await KeptAsync(logs)).ShouldBe(10);
        Time.Advance(TimeSpan.FromMinutes(3));
        (await KeptAsync(logs)).ShouldBe(0);
    }

    [Fact]
    public void SmallSteps_OfAClockThatIsSetByTheNetwork_AreBelievedAtOnce()
    {
        var ages = new DiskAges(Time, TimeSpan.FromDays(7));
        ages.Start(null, null);
        Time.AdjustTime(Time.GetUtcNow() + TimeSpan.FromSeconds(20));
        ages.GetUtcNow().ShouldBe(Time.GetUtcNow());
        Time.AdjustTime(Time.GetUtcNow() - TimeSpan.FromSeconds(20));
        ages.GetUtcNow().ShouldBe(Time.GetUtcNow());
    }

    private async Task PushAndEndAsync()
    {
        using var logs = folder.Open();
        await logs.PushAsync("a", 10);
    }

    // What a stream's owner does every half minute.
    private static async Task OwnerTrimsAsync(DiskStreamHistories logs) =>
        await logs.LogOf(StreamName.Parse("a")).TrimAsync(TestContext.Current.CancellationToken);

    private static async Task<long> KeptAsync(DiskStreamHistories logs)
    {
        await logs.Writer.IdleAsync();
        return await logs.Writer.RunAsync(() => logs.File.Connection.Number("SELECT count(*) FROM messages"));
    }

    private static async Task<string[]> QuietAsync(DiskStreamHistories logs) =>
        [.. (await logs.QuietestAsync(logs.Clock.GetUtcNow() - TimeSpan.FromDays(30), 10, TestContext.Current.CancellationToken)).Select(one => one.Stream.Value)];
}
