using Webstream.Grains.History;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>The bounds of each stream and of all, and the size of the file.</summary>
public sealed class DiskTrimTests : IDisposable
{
    private readonly DiskFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Trim_MoreThanAStepAtOnce_EndsAtTheBound()
    {
        using (var first = folder.Open())
        {
            await first.PushAsync("a", 3000, batch: 250);
        }

        folder.Retained.RetainedMessages = 100;
        using var logs = folder.Open();
        await logs.LogOf(StreamName.Parse("a")).TrimAsync(TestContext.Current.CancellationToken);

        (logs.RangeOf("a").Oldest, logs.RangeOf("a").Head).ShouldBe((2901, 3000));
        (await logs.ReadAllAsync("a")).Count.ShouldBe(100);
        (await CountAsync(logs)).ShouldBe(100);
    }

    [Fact]
    public async Task Trim_OfStreamsThatNobodyOwns_HappensByItselfWhenTheyAreTooOld()
    {
        using var logs = folder.Open();
        await logs.PushAsync("a", 10);
        folder.Time.Advance(folder.Retained.Retention + TimeSpan.FromMinutes(2));
        await logs.Writer.IdleAsync();
        (await CountAsync(logs)).ShouldBe(0);
        (logs.RangeOf("a").Head, logs.RangeOf("a").Oldest).ShouldBe((10, 11));
    }

    [Fact]
    public async Task File_OfABusyStreamThatIsBounded_DoesNotGrow()
    {
        folder.Retained.RetainedMessages = 500;
        using var logs = folder.Open();
        var sizes = new List<long>();
        for (var round = 0; round < 10; round++)
        {
            await logs.PushAsync("a", 2500, batch: 250, text: new('x', 300));
            await logs.Writer.IdleAsync();
            sizes.Add(Size());
        }

        // What is retained takes about 300 KiB; the rest is the log and free pages, which are bounded.
        sizes[^1].ShouldBeLessThanOrEqualTo(sizes.Take(5).Max() * 3 / 2);
        sizes[^1].ShouldBeLessThan(24 * 1024 * 1024);
    }

    [Fact]
    public async Task File_OfWhichMostIsTrimmed_GivesItsRoomBack()
    {
        using var logs = folder.Open();
        await logs.PushAsync("a", 10_000, batch: 250, text: new('x', 1000));
        await logs.Writer.RunAsync(() => Checkpoint(logs));
        var before = Size();
        folder.Retained.RetainedMessages = 10;

        await logs.LogOf(StreamName.Parse("a")).TrimAsync(TestContext.Current.CancellationToken);
        await logs.Writer.IdleAsync();
        await logs.Writer.RunAsync(() => Checkpoint(logs));

        before.ShouldBeGreaterThan(10 * 1024 * 1024);
        Size().ShouldBeLessThan(6 * 1024 * 1024);
    }

    [Fact]
    public async Task Total_OfAllStreams_IsKeptByTheLargest()
    {
        folder.Retained.TotalBytes = 2 * 1024 * 1024;
        using var logs = folder.Open();
        await logs.PushAsync("small", 20, text: new('x', 300));
        for (var i = 0; i < 40; i++)
        {
            await logs.PushAsync("large", 250, batch: 250, text: new('x', 300));
        }

        await logs.Writer.IdleAsync();

        logs.RangeOf("small").Oldest.ShouldBe(1);
        logs.RangeOf("large").Oldest.ShouldBeGreaterThan(1);
        (await logs.ReadAllAsync("large")).Count.ShouldBe((int)(logs.RangeOf("large").Head - logs.RangeOf("large").Oldest + 1));
        (await logs.Writer.RunAsync(() => logs.File.UsedBytes)).ShouldBeLessThanOrEqualTo(2 * 1024 * 1024);
    }

    [Fact]
    public async Task Total_OfStreamsWithOneMessageEach_IsKeptByTheQuietest()
    {
        folder.Retained.TotalBytes = 1024 * 1024;
        using var logs = folder.Open();
        for (var i = 0; i < 60; i++)
        {
            await logs.PushAsync($"s{i:00}", 1, text: new('x', 50_000));
            folder.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await logs.Writer.IdleAsync();

        (logs.RangeOf("s00").Oldest, logs.RangeOf("s00").Head).ShouldBe((2, 1));
        logs.RangeOf("s59").Oldest.ShouldBe(1);
        (await logs.Writer.RunAsync(() => logs.File.UsedBytes)).ShouldBeLessThanOrEqualTo(1024 * 1024);
    }

    [Fact]
    public async Task Log_UnderLoad_IsCopiedIntoTheDatabase()
    {
        using var logs = folder.Open();
        await logs.PushAsync("a", 3000, batch: 1, text: new('x', 300));
        await logs.Writer.IdleAsync();
        new FileInfo(folder.Path + "-wal").Length.ShouldBeLessThan(16 * 1024 * 1024);
        (await logs.Writer.RunAsync(() => logs.File.PagesInLog)).ShouldBeLessThan(3000);
    }

    private static Task<long> CountAsync(DiskStreamHistories logs) =>
        logs.Writer.RunAsync(() => logs.File.Connection.Number("SELECT count(*) FROM messages"));

    private static bool Checkpoint(DiskStreamHistories logs)
    {
        logs.File.Checkpoint(shrink: true);
        return true;
    }

    private long Size() => new FileInfo(folder.Path).Length + new FileInfo(folder.Path + "-wal").Length;
}
