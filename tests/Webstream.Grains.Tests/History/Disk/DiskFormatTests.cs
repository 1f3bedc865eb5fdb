using System.IO.Compression;
using Microsoft.Data.Sqlite;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>Which files are taken, and as what.</summary>
public sealed class DiskFormatTests : IDisposable
{
    private readonly DiskFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void NativeLibrary_HasNoKnownLossOfCommits()
    {
        using var connection = new DiskConnection(folder.Path, write: true, 64 * 1024);
        using var command = connection.Command("SELECT sqlite_version()");
        var version = Version.Parse((string)command.ExecuteScalar()!);
        version.ShouldBeGreaterThanOrEqualTo(new(3, 51, 3));
        version.ShouldNotBe(new(3, 52, 0));
    }

    [Fact]
    public async Task File_OfANewerVersion_IsRefusedAndNotTouched()
    {
        using (var first = folder.Open(schema: new DiskSchema([.. Steps, "CREATE TABLE later (x)"])))
        {
            await first.PushAsync("a", 1);
        }

        var before = await File.ReadAllBytesAsync(folder.Path, TestContext.Current.CancellationToken);
        var refused = Should.Throw<HistoryFileException>(() => folder.Open());

        (refused.Reason, refused.Path).ShouldBe((HistoryFileReason.NewerFormat, folder.Path));
        refused.Message.ShouldContain("newer version");
        (await File.ReadAllBytesAsync(folder.Path, TestContext.Current.CancellationToken)).ShouldBe(before);
        folder.Budget.History.Used.ShouldBe(0);
    }

    [Fact]
    public async Task File_OfAnOlderVersion_IsMigratedWithWhatItHolds()
    {
        EventId head;
        using (var first = folder.Open())
        {
            head = await first.PushAsync("a", 3);
        }

        var newer = new DiskSchema([.. Steps, "CREATE TABLE later (x); INSERT INTO later SELECT count(*) FROM messages"]);
        using (var second = folder.Open(schema: newer))
        {
            (second.RangeOf("a").Epoch, second.RangeOf("a").Head).ShouldBe((head.Epoch, 3));
        }

        using var migrated = new SqliteConnection($"Data Source={folder.Path};Pooling=False");
        migrated.Open();
        using var command = migrated.CreateCommand();
        command.CommandText = "SELECT x FROM later";
        command.ExecuteScalar().ShouldBe(3L);
    }

    [Fact]
    public async Task File_OfFormat1_GoesOnWithItsMessagesAndKeys()
    {
        await using (var packed = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "format-1.db.gz")), CompressionMode.Decompress))
        await using (var file = File.Create(folder.Path))
        {
            await packed.CopyToAsync(file, TestContext.Current.CancellationToken);
        }

        folder.Time.SetUtcNow(new(2026, 11, 30, 9, 0, 0, TimeSpan.Zero));
        using var logs = folder.Open();

        var range = logs.RangeOf("builds");
        (range.Epoch, range.Head, range.Oldest, range.End, range.Life, logs.EpochsRenewed).ShouldBe((0x3e27a35619662bc8UL, 3, 1, 0, 0, false));
        (await logs.ReadAllAsync("builds")).Select(message => message.Message).ShouldBe(["old 1", "old 2", "old 3"]);
        var log = logs.LogOf(StreamName.Parse("builds"));
        await log.OpenAsync(TestContext.Current.CancellationToken);
        (await log.FindKeysAsync(["k2"], TestContext.Current.CancellationToken))[0]!.First.ShouldBe(2);
        (await logs.PushAsync("builds", 1)).Sequence.ShouldBe(4);
        (await log.SetAsync(new() { Description = "x" }, TestContext.Current.CancellationToken)).ShouldBeTrue();
        (await log.DeleteAsync(new(range.Epoch, 4), 0xfee, 5, TestContext.Current.CancellationToken)).ShouldBeTrue();
    }

    [Fact]
    public async Task File_WithMoreThanThisVersionKnows_IsTaken()
    {
        using (var first = folder.Open())
        {
            await first.PushAsync("a", 3);
        }

        Change("CREATE TABLE keys_of_people (x); ALTER TABLE streams ADD COLUMN later TEXT");
        using var again = folder.Open();
        again.RangeOf("a").Head.ShouldBe(3);
        (await again.PushAsync("a", 1)).Sequence.ShouldBe(4);
    }

    [Fact]
    public void File_OfAnotherProgram_IsRefusedAndNotTouched()
    {
        Change("CREATE TABLE mine (x); INSERT INTO mine VALUES (1)");
        var refused = Should.Throw<HistoryFileException>(() => folder.Open());
        (refused.Reason, refused.Message.Contains("another program", StringComparison.Ordinal)).ShouldBe((HistoryFileReason.CannotOpen, true));
        Directory.GetFiles(folder.Folder, "*damaged*").ShouldBeEmpty();
    }

    [Fact]
    public void Folder_ThatIsNotThere_IsRefused()
    {
        using var gone = new DiskFolder();
        Directory.Delete(gone.Folder);
        Should.Throw<HistoryFileException>(() => gone.Open()).Reason.ShouldBe(HistoryFileReason.CannotOpen);
        Directory.CreateDirectory(gone.Folder);
    }

    [Fact]
    public void Path_ThatIsAFolder_IsRefused()
    {
        Directory.CreateDirectory(folder.Path);
        Should.Throw<HistoryFileException>(() => folder.Open()).Reason.ShouldBe(HistoryFileReason.CannotOpen);
    }

    private static string[] Steps { get; } = [.. DiskSchema.Now.Steps];

    private void Change(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={folder.Path};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
