using Webstream.Grains.History;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>The history on disk behaves as every other.</summary>
public sealed class DiskStreamHistoryTests : StreamLogTests
{
    private readonly DiskFolder folder = new();

    private DiskStreamHistories Disk => (DiskStreamHistories)Logs;

    public override ValueTask DisposeAsync()
    {
        Disk.Dispose();
        folder.Dispose();
        return base.DisposeAsync();
    }

    [Fact]
    public async Task Append_AheadOfTheHead_IsRefused()
    {
        await Append(1, 3);
        (await Append(5, 1)).ShouldBe(AppendResult.Refused);
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task FindKeys_AmongThoseOfRetainedMessages_TellsWhatTheyStandFor()
    {
        Retained.RetainedMessages = 3;
        await Append(1, 2);
        await Append(3, 2);
        await Append(5, 1);

        var found = await Log.FindKeysAsync(["key-5", "key-1", "key-3", "other"], TestContext.Current.CancellationToken);

        found.ShouldBe([new("key-5", 1, 5, 1, Time.GetUtcNow()), null, new("key-3", 1, 3, 2, Time.GetUtcNow()), null]);
    }

    [Fact]
    public async Task DeclareSeen_AheadOfTheHead_BeginsOneEpochThatKeepsTheMessages()
    {
        await Append(1, 3);
        var seen = new EventId(Messages.Epoch, 5);

        (await Log.DeclareSeenAsync(seen, TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await Log.DeclareSeenAsync(seen, TestContext.Current.CancellationToken)).ShouldBeFalse();

        // The owner of before must not read under its old epoch.
        (await Should.ThrowAsync<HistoryAwayException>(async () => await Read(0))).OtherOwner.ShouldBeTrue();
        (await OpenAgain()).Select(key => key.Key).ShouldBe(["key-1"]);
        Log.Range.Epoch.ShouldNotBe(Messages.Epoch);
        (await Read(0)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Append_ToOneStreamMoreThanMay_IsFullUntilOneIsForgotten()
    {
        Retained.MaxStreams = 1;
        await Append(1, 1);
        var other = Logs.LogOf(StreamName.Parse("other"));
        var batch = Messages.Batch(Messages.Range(1, 1, at: Time.GetUtcNow()));

        (await other.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Full);
        await Log.ForgetAsync(new(Messages.Epoch, 1), TestContext.Current.CancellationToken);
        (await other.AppendAsync(batch, TestContext.Current.CancellationToken)).ShouldBe(AppendResult.Appended);
    }

    private protected override Task<IStreamHistories> LogsAsync()
    {
        folder.Time.SetUtcNow(Time.GetUtcNow());
        return Task.FromResult<IStreamHistories>(DiskStreamHistories.Open(
            new() { Path = folder.Path, ReserveBytes = 0 }, Retained, folder.Budget, new Redis.RefusedAppends().Metrics, Time, folder.Logger));
    }

    private protected override Task<IReadOnlyList<KeyRecord>> KeysAsync(IReadOnlyList<KeyRecord> opened) => ((DiskStreamHistory)Log).KeysAsync();

    private protected override Task SettleAsync() => Disk.Writer.IdleAsync();
}
