using Microsoft.Extensions.Logging;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;
using EventId = Webstream.Protocol.EventId;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>Whatever is in the files: never an end of the process, never a wrong message, never a number twice in an epoch.</summary>
public sealed class DiskDamageTests : IDisposable
{
    private const int Streams = 4;
    private const int Each = 60;

    private readonly DiskFolder sound = new();
    private readonly DiskFolder folder = new();

    public void Dispose()
    {
        sound.Dispose();
        folder.Dispose();
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("-wal", 2)]
    public async Task Flips_AtAHundredPlaces_NeverGiveAWrongMessage(string ending, int seed)
    {
        var random = new Random(seed);
        var heads = new Dictionary<string, EventId>();
        using var first = sound.Open();
        for (var i = 0; i < Streams; i++)
        {
            heads[$"s{i}"] = await first.PushAsync($"s{i}", Each, batch: 3, text: new('x', 100 * i));
        }

        if (ending == "")
        {
            first.Dispose();
        }

        var (harmless, ended, aside) = (0, 0, 0);
        for (var place = 0; place < 100; place++)
        {
            sound.CopyTo(folder);
            var length = new FileInfo(folder.Path + ending).Length;
            Change(folder.Path + ending, random.NextInt64(length), bytes => bytes[0] ^= (byte)(1 << random.Next(8)));

            using var logs = folder.Open(reserve: 0);
            var changed = 0;
            foreach (var (stream, head) in heads)
            {
                changed += await IsChangedAsync(logs, stream, head, $"{ending} place {place}") ? 1 : 0;
            }

            (harmless, ended, aside) = (harmless + (changed == 0 ? 1 : 0), ended + (changed > 0 ? 1 : 0), aside + (logs.MovedAside is null ? 0 : 1));
            logs.Dispose();
            Array.ForEach(Directory.GetFiles(folder.Folder), File.Delete);
        }

        // The test would show nothing if no flip did anything.
        ended.ShouldBeGreaterThan(5);
        TestContext.Current.SendDiagnosticMessage($"'{ending}': {harmless} harmless, {ended} ended lives, {aside} moved aside");
    }

    [Fact]
    public async Task File_ThatIsNoDatabase_IsMovedAsideWithAllThatBelongsToIt()
    {
        await File.WriteAllTextAsync(folder.Path, new string('x', 10_000), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(folder.Path + "-wal", "log", TestContext.Current.CancellationToken);

        using var logs = folder.Open();

        logs.MovedAside.ShouldNotBeNull().ShouldStartWith(folder.Path + ".damaged-");
        (await File.ReadAllTextAsync(logs.MovedAside!, TestContext.Current.CancellationToken)).ShouldBe(new('x', 10_000));
        (await File.ReadAllTextAsync(logs.MovedAside + "-wal", TestContext.Current.CancellationToken)).ShouldBe("log");
        folder.Told(LogLevel.Critical).ShouldHaveSingleItem().ShouldContain(logs.MovedAside!);
        (await logs.PushAsync("a", 1)).Sequence.ShouldBe(1);
    }

    [Fact]
    public async Task Row_ThatIsNotAsItWasWritten_EndsTheLifeOfItsStreamAlone()
    {
        using var logs = sound.Open();
        var head = await logs.PushAsync("a", 10);
        var other = await logs.PushAsync("b", 10);
        await logs.Writer.RunAsync(() => Run(logs, "UPDATE messages SET body=replace(body, 'a 5', 'a 6') WHERE life=1 AND seq=5"));
        var log = logs.LogOf(StreamName.Parse("a"));
        await log.OpenAsync(TestContext.Current.CancellationToken);

        (await Should.ThrowAsync<HistoryAwayException>(async () => await log.ReadAsync(new(0, 100, int.MaxValue), TestContext.Current.CancellationToken)))
            .OtherOwner.ShouldBeTrue();

        var after = logs.RangeOf("a");
        (after.Head, after.Oldest, after.Epoch == head.Epoch).ShouldBe((10, 11, false));
        (await logs.PushAsync("a", 1)).ShouldBe(new(after.Epoch, 11));
        (await logs.ReadAllAsync("a")).Select(message => message.Id.Sequence).ShouldBe([11]);
        (await logs.ReadAllAsync("b")).Count.ShouldBe(10);
        logs.RangeOf("b").Epoch.ShouldBe(other.Epoch);
    }

    [Theory]
    [InlineData("seq=1")]
    [InlineData("seq=5")]
    [InlineData("seq=10")]
    [InlineData("seq>0")]
    public async Task Gap_EndsTheLifeOfItsStream(string missing)
    {
        using var logs = sound.Open();
        var head = await logs.PushAsync("a", 10);
        await logs.Writer.RunAsync(() => Run(logs, $"DELETE FROM messages WHERE life=1 AND {missing}"));

        (await Should.ThrowAsync<HistoryAwayException>(() => logs.ReadAllAsync("a"))).OtherOwner.ShouldBeTrue();
        logs.RangeOf("a").Epoch.ShouldNotBe(head.Epoch);
    }

    [Fact]
    public async Task Head_ThatIsNotAsItWasWritten_IsDroppedAtTheNextOpening()
    {
        using (var first = sound.Open())
        {
            await first.PushAsync("a", 10);
            await first.PushAsync("b", 10);
            await first.Writer.RunAsync(() => Run(first, "UPDATE streams SET head=9 WHERE name='a'"));
        }

        using var again = sound.Open();
        (again.RangeOf("a"), again.RangeOf("b").Head).ShouldBe((HistoryRange.Empty, 10));
        await again.PushAsync("a", 1);
        await again.Writer.IdleAsync();
        (await again.ReadAllAsync("a")).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Database_FoundDamagedWhileItIsOpen_IsMovedAsideAndBegunAnewInPlace()
    {
        using var logs = sound.Open();
        var head = await logs.PushAsync("a", 500, text: new('x', 2000));
        await logs.Writer.RunAsync(() =>
        {
            logs.File.Checkpoint(shrink: true);
            return true;
        });
        var length = new FileInfo(sound.Path).Length;
        // Everything but the first pages, which the connections have read already.
        Change(sound.Path, 40_000, bytes => Random.Shared.NextBytes(bytes), (int)(length - 40_000));

        await Should.ThrowAsync<HistoryAwayException>(() => logs.ReadAllAsync("a"));

        logs.MovedAside.ShouldNotBeNull();
        new FileInfo(logs.MovedAside!).Length.ShouldBe(length);
        logs.RangeOf("a").ShouldBe(HistoryRange.Empty);
        (await logs.PushAsync("a", 2)).Epoch.ShouldNotBe(head.Epoch);
        (await logs.ReadAllAsync("a")).Count.ShouldBe(2);
    }

    // What is there must be what was pushed. Where something is not, the epoch must be another one.
    private static async Task<bool> IsChangedAsync(DiskStreamHistories logs, string stream, EventId head, string place)
    {
        List<StreamMessage> messages;
        try
        {
            messages = await logs.ReadAllAsync(stream, page: 25);
        }
        catch (HistoryAwayException)
        {
            messages = await logs.ReadAllAsync(stream, page: 25);
        }

        messages.ShouldAllBe(message => message.Message.StartsWith($"{stream} {message.Id.Sequence} ", StringComparison.Ordinal), place);
        var range = logs.RangeOf(stream);
        if (range.Epoch == head.Epoch)
        {
            (range.Head, messages.Count).ShouldBe((head.Sequence, Each), place);
            return false;
        }

        (await logs.PushAsync(stream, 1)).Epoch.ShouldNotBe(head.Epoch, place);
        return true;
    }

    private static bool Run(DiskStreamHistories logs, string sql)
    {
        logs.File.Connection.Run(sql);
        return true;
    }

    private static void Change(string path, long at, Action<byte[]> change, int length = 1)
    {
        var bytes = new byte[length];
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        file.Position = at;
        file.ReadExactly(bytes);
        change(bytes);
        file.Position = at;
        file.Write(bytes);
    }
}
