using Microsoft.Extensions.Logging;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>Settings, ends and deletions: what is left of them after a kill, after a loss, and in a damaged file.</summary>
public sealed class DiskChangeTests : IDisposable
{
    private const ulong NewEpoch = 0xfee;

    private static readonly StreamSettings Own = new() { RetainedMessages = 3, RetainedBytes = 9000, Retention = TimeSpan.FromMilliseconds(90_001), Description = "π" };

    private readonly DiskFolder folder = new();
    private readonly DiskFolder left = new();

    public void Dispose()
    {
        folder.Dispose();
        left.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Reopen_StreamsThatWereChanged_AreAsTheyWere(bool kill)
    {
        var first = folder.Open();
        await SetAsync(first, "only-settings", Own);
        await CloseAsync(first, "closed");
        await DeleteAsync(first, "deleted");
        await SetAsync(first, "both", Own);
        await DeleteAsync(first, "both");
        string[] names = ["only-settings", "closed", "deleted", "both"];
        var before = await FoundAsync(first, names);
        folder.CopyTo(left);
        first.Dispose();

        using var again = kill ? left.Open() : folder.Open();

        (await FoundAsync(again, names)).ShouldBe(before);
        again.EpochsRenewed.ShouldBeFalse();
        again.RangeOf("closed").End.ShouldBe(4);
        (again.RangeOf("deleted").Epoch, again.RangeOf("both").Epoch).ShouldBe((NewEpoch, NewEpoch));
        (await again.ListAsync("", null, 10, TestContext.Current.CancellationToken)).Select(one => one.Stream.Value).ShouldBe(["closed"]);
        var log = again.LogOf(StreamName.Parse("closed"));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        (await log.AppendAsync(DiskStore.Next(log.Range, StreamName.Parse("closed"), 1, folder.Time.GetUtcNow()), TestContext.Current.CancellationToken))
            .ShouldBe(AppendResult.Ended);
    }

    [Fact]
    public async Task Deleted_WhoseNewMessagesMayBeLost_BeginsYetAnotherEpoch()
    {
        using (var first = folder.Open())
        {
            await DeleteAsync(first, "deleted");
            await SetAsync(first, "both", Own);
            await DeleteAsync(first, "both");
            await SetAsync(first, "only-settings", Own);
            await first.PushAsync("kept", 1);
        }

        File.Copy(folder.Path, left.Path);
        using (var second = folder.Open())
        {
            (await second.PushAsync("deleted", 1)).ShouldBe(new(NewEpoch, 1));
            (await second.PushAsync("both", 2)).ShouldBe(new(NewEpoch, 2));
            await second.PushAsync("kept", 1);
        }

        // An older copy is put back: what was pushed since is not known there.
        File.Copy(left.Path, folder.Path, overwrite: true);
        using (var third = folder.Open())
        {
            third.EpochsRenewed.ShouldBeTrue();
            new[] { third.RangeOf("deleted").Epoch, third.RangeOf("both").Epoch }.ShouldNotContain(NewEpoch);
            third.RangeOf("deleted").Epoch.ShouldNotBe(0UL);
            third.RangeOf("deleted").Life.ShouldBeGreaterThan(99);
            (third.RangeOf("only-settings").Epoch, third.SettingsOf(StreamName.Parse("only-settings"))).ShouldBe((0UL, Own));
        }

        using var fourth = folder.Open();
        (fourth.EpochsRenewed, fourth.RangeOf("deleted").Epoch == NewEpoch).ShouldBe((false, false));
    }

    [Fact]
    public async Task DeclareSeen_OfADeletedStream_BeginsAnotherEpochOnce()
    {
        using var logs = folder.Open();
        await DeleteAsync(logs, "deleted");
        var log = logs.LogOf(StreamName.Parse("deleted"));
        await log.OpenAsync(TestContext.Current.CancellationToken);

        (await log.DeclareSeenAsync(new(NewEpoch, 0), TestContext.Current.CancellationToken)).ShouldBeFalse();
        (await log.DeclareSeenAsync(new(NewEpoch, 5), TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await log.DeclareSeenAsync(new(NewEpoch, 5), TestContext.Current.CancellationToken)).ShouldBeFalse();
        logs.RangeOf("deleted").Epoch.ShouldNotBe(NewEpoch);
    }

    [Fact]
    public async Task Settings_TakenAwayAfterADelete_LeaveTheNewEpoch()
    {
        using (var first = folder.Open())
        {
            await SetAsync(first, "both", Own);
            await DeleteAsync(first, "both");
            await SetAsync(first, "both", StreamSettings.None);
            first.Streams.Count.ShouldBe(0);
        }

        using var again = folder.Open();
        (again.RangeOf("both").Epoch, again.RangeOf("both").Life, again.Streams.Count).ShouldBe((NewEpoch, 99, 0));
        (await again.PushAsync("both", 1)).ShouldBe(new(NewEpoch, 1));
    }

    [Fact]
    public async Task Rows_ThatAreNotAsTheyWereWritten_CountAsNone()
    {
        using (var first = folder.Open())
        {
            await SetAsync(first, "a", Own);
            await SetAsync(first, "b", Own);
            await first.PushAsync("b", 3);
            await DeleteAsync(first, "c");
            await first.Writer.RunAsync(() =>
            {
                first.File.Connection.Run("UPDATE settings SET bytes=8999 WHERE name='a'");
                first.File.Connection.Run("UPDATE streams SET head=2 WHERE name='b'");
                first.File.Connection.Run("UPDATE ended SET next=next+1");
                return true;
            });
        }

        using var again = folder.Open();
        again.SettingsOf(StreamName.Parse("a")).ShouldBe(StreamSettings.None);
        (again.RangeOf("b").Epoch, again.SettingsOf(StreamName.Parse("b"))).ShouldBe((0UL, Own));
        again.RangeOf("c").Epoch.ShouldBe(0UL);
        folder.Told(LogLevel.Error).Length.ShouldBe(2);
        (await again.PushAsync("b", 5)).Sequence.ShouldBe(5);
        await again.Writer.IdleAsync();
        (await again.ReadAllAsync("b")).Select(message => message.Id.Sequence).ShouldBe([3, 4, 5]);
    }

    [Fact]
    public async Task Life_ThatIsDamagedAfterItsEnd_GoesOnAsAnOpenOne()
    {
        using var logs = folder.Open();
        await CloseAsync(logs, "a");
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Connection.Run("DELETE FROM messages WHERE seq=2");
            return true;
        });

        await Should.ThrowAsync<HistoryAwayException>(() => logs.ReadAllAsync("a"));
        (logs.RangeOf("a").Head, logs.RangeOf("a").End).ShouldBe((4, 0));
        (await logs.PushAsync("a", 1)).Sequence.ShouldBe(5);
    }

    private static async Task SetAsync(DiskStreamHistories logs, string stream, StreamSettings settings)
    {
        var log = logs.LogOf(StreamName.Parse(stream));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        (await log.SetAsync(settings, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private static async Task CloseAsync(DiskStreamHistories logs, string stream)
    {
        var head = await logs.PushAsync(stream, 3);
        var end = StreamMessage.EndOf(StreamName.Parse(stream), head with { Sequence = 4 }, logs.Clock.GetUtcNow());
        (await logs.LogOf(StreamName.Parse(stream)).AppendAsync(new(Guid.NewGuid(), head.Epoch, [end], []), TestContext.Current.CancellationToken))
            .ShouldBe(AppendResult.Appended);
    }

    private static async Task DeleteAsync(DiskStreamHistories logs, string stream)
    {
        var head = await logs.PushAsync(stream, 3);
        (await logs.LogOf(StreamName.Parse(stream)).DeleteAsync(head, NewEpoch, life: 99, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    private static async Task<List<(FoundHistory Found, StreamSettings Settings)>> FoundAsync(DiskStreamHistories logs, IEnumerable<string> streams)
    {
        var found = new List<(FoundHistory, StreamSettings)>();
        foreach (var stream in streams.Select(StreamName.Parse))
        {
            found.Add((await logs.FindAsync(stream, TestContext.Current.CancellationToken), logs.SettingsOf(stream)));
        }

        return found;
    }
}
