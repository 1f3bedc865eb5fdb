using Webstream.Grains.History;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>Numbers are never given out twice within an epoch: a head that may have gone back gets a new one, and what is left stays.</summary>
public sealed class DiskEpochTests : IDisposable
{
    private readonly DiskFolder folder = new();
    private readonly DiskFolder left = new();

    public void Dispose()
    {
        folder.Dispose();
        left.Dispose();
    }

    [Theory]
    [InlineData(HistorySync.EverySec, "boot-2", true)]
    [InlineData(HistorySync.EverySec, null, true)]
    [InlineData(HistorySync.EverySec, "boot-1", false)]
    [InlineData(HistorySync.Always, "boot-2", false)]
    public async Task Epochs_AfterAnEndThatWasNotClean_AreNewIfTheMachineMayHaveLostSome(HistorySync sync, string? boot, bool renewed)
    {
        using var first = folder.Open(sync);
        var head = await first.PushAsync("a", 3);
        await first.PushAsync("b", 1);
        folder.CopyTo(left);

        using var again = left.Open(sync, boot);

        again.EpochsRenewed.ShouldBe(renewed);
        (again.RangeOf("a").Epoch != head.Epoch).ShouldBe(renewed);
        (again.RangeOf("a").Head, (await again.ReadAllAsync("a")).Count).ShouldBe((3, 3));
        (await again.ReadAllAsync("a")).ShouldAllBe(message => message.Id.Epoch == again.RangeOf("a").Epoch);
    }

    [Fact]
    public async Task Epochs_AfterACleanEndUnderAnotherBoot_AreKept()
    {
        EventId head;
        using (var first = folder.Open(HistorySync.EverySec))
        {
            head = await first.PushAsync("a", 3);
        }

        using var again = folder.Open(HistorySync.EverySec, "boot-2");
        again.RangeOf("a").Epoch.ShouldBe(head.Epoch);
    }

    [Fact]
    public async Task Epochs_RenewedOnce_AreKeptAtTheNextOpening()
    {
        using var first = folder.Open(HistorySync.EverySec);
        await first.PushAsync("a", 3);
        folder.CopyTo(left);
        ulong renewed;
        using (var second = left.Open(HistorySync.EverySec, "boot-2"))
        {
            renewed = second.RangeOf("a").Epoch;
        }

        using var third = left.Open(HistorySync.EverySec, "boot-3");
        third.RangeOf("a").Epoch.ShouldBe(renewed);
    }

    [Fact]
    public async Task Log_BrokenBeforeACommit_LosesTheTailAndBeginsNewEpochs()
    {
        using var first = folder.Open();
        await first.PushAsync("a", 1);
        var cut = new FileInfo(folder.Path + "-wal").Length;
        var head = await first.PushAsync("a", 5);
        folder.CopyTo(left);
        File.Delete(DiskWitness.PathOf(left.Path));
        Flip(left.Path + "-wal", cut + 100);

        WalTail.IsLost(left.Path + "-wal").ShouldBeTrue();
        using var again = left.Open();

        again.RangeOf("a").Head.ShouldBe(1);
        again.RangeOf("a").Epoch.ShouldNotBe(head.Epoch);
        (await again.PushAsync("a", 1)).ShouldBe(new(again.RangeOf("a").Epoch, 2));
    }

    [Fact]
    public async Task Log_CutInItsLastCommit_LosesTheTailAndBeginsNewEpochs()
    {
        using var first = folder.Open();
        var head = await first.PushAsync("a", 5);
        folder.CopyTo(left);
        using (var log = new FileStream(left.Path + "-wal", FileMode.Open))
        {
            log.SetLength(log.Length - 10);
        }

        // Nothing stands behind the cut: only the witness knows.
        WalTail.IsLost(left.Path + "-wal").ShouldBeFalse();
        using var again = left.Open();
        again.RangeOf("a").Head.ShouldBe(4);
        again.RangeOf("a").Epoch.ShouldNotBe(head.Epoch);
    }

    [Fact]
    public async Task Log_WithoutItsFirstCommitOfAStream_BeginsNewEpochs()
    {
        using var first = folder.Open();
        var head = await first.PushAsync("a", 1);
        await first.PushAsync("b", 1);
        folder.CopyTo(left);
        using (var log = new FileStream(left.Path + "-wal", FileMode.Open))
        {
            log.SetLength(log.Length - 10);
        }

        using var again = left.Open();
        again.RangeOf("b").Epoch.ShouldBe(0UL);
        again.RangeOf("a").Epoch.ShouldNotBe(head.Epoch);
    }

    [Fact]
    public async Task Copy_OlderThanTheWitness_BeginsNewEpochs()
    {
        using (var first = folder.Open())
        {
            await first.PushAsync("a", 3);
        }

        File.Copy(folder.Path, left.Path);
        EventId head;
        using (var second = folder.Open())
        {
            head = await second.PushAsync("a", 2);
        }

        File.Copy(left.Path, folder.Path, overwrite: true);
        using var again = folder.Open();
        (again.RangeOf("a").Head, again.RangeOf("a").Epoch == head.Epoch).ShouldBe((3, false));
    }

    [Fact]
    public async Task Log_OfAnUninterruptedLife_HasNoLostTail()
    {
        using var first = folder.Open();
        // Further than one round of the log, so that frames of the round before stand behind the last one.
        await first.PushAsync("a", 1200, batch: 2);
        WalTail.IsLost(folder.Path + "-wal").ShouldBeFalse();
        await first.PushAsync("a", 4);
        folder.CopyTo(left);
        WalTail.IsLost(left.Path + "-wal").ShouldBeFalse();
        using var again = left.Open();
        again.EpochsRenewed.ShouldBeFalse();
    }

    [Fact]
    public async Task RenewEpochs_OfEveryStream_KeepsHeadsAndMessages()
    {
        using var logs = folder.Open();
        var heads = (await logs.PushAsync("a", 3), await logs.PushAsync("b", 1));

        (await logs.RenewAsync(TestContext.Current.CancellationToken)).ShouldBe(2);

        (logs.RangeOf("a").Head, logs.RangeOf("b").Head).ShouldBe((3, 1));
        new[] { heads.Item1.Epoch, heads.Item2.Epoch }.ShouldNotContain(logs.RangeOf("a").Epoch);
        (await logs.ReadAllAsync("a")).Select(message => message.Id).ShouldBe([.. Enumerable.Range(1, 3).Select(i => new EventId(logs.RangeOf("a").Epoch, i))]);
    }

    private static void Flip(string path, long at)
    {
        using var file = new FileStream(path, FileMode.Open);
        file.Position = at;
        var value = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(value ^ 0x10));
    }
}
