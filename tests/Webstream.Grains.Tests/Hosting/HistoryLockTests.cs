using Microsoft.Extensions.Time.Testing;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Grains.Tests.Hosting;

public sealed class HistoryLockTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(17);

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("webstream-test-");
    private readonly FakeTimeProvider time = new();
    private readonly List<string> said = [];

    private string Database => Path.Combine(root.FullName, "gateway-8000.db");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Lock_IsAFileOfItsOwn_ForThisUserAlone_AndSaysNothingWhenItIsFree()
    {
        using var held = new HistoryLock(Database, time);

        await held.TakeAsync(Patience, said.Add, Stop);

        said.ShouldBeEmpty();
        Directory.GetFiles(root.FullName).ShouldBe([$"{Database}.lock"]);
        StartLock.IsHeld($"{Database}.lock").ShouldBeTrue();
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode($"{Database}.lock").ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }

    [Fact]
    public async Task Start_WaitsForAnEnd_WithOneLine()
    {
        var ending = new HistoryLock(Database, time);
        ending.Take();
        // Once more is no second lock.
        ending.Take();
        using var starting = new HistoryLock(Database, time);

        var taking = starting.TakeAsync(Patience, said.Add, Stop);
        time.Advance(Patience - TimeSpan.FromSeconds(1));
        taking.IsCompleted.ShouldBeFalse();
        ending.Dispose();
        await Until.TrueAsync(() => taking.IsCompleted, () => time.Advance(TimeSpan.FromMilliseconds(50)));

        await taking;
        said.ShouldBe([$"Waiting for the history {Database}: another process has it, and may be ending."]);
    }

    [Fact]
    public async Task Start_AfterItsPatience_IsRefusedAsInUse()
    {
        using var other = new HistoryLock(Database, time);
        other.Take();
        using var starting = new HistoryLock(Database, time);

        var taking = starting.TakeAsync(Patience, said.Add, Stop);
        await Until.TrueAsync(() => taking.IsCompleted, () => time.Advance(TimeSpan.FromSeconds(1)));

        var refused = await Should.ThrowAsync<StartRefusedException>(taking);
        refused.Code.ShouldBe(ExitCode.InUse);
        refused.Message.ShouldBe($"history in use: another process has {Database}, and has not ended within 17 seconds. End that process, or name another file with Webstream__Log__Path.");
        Should.Throw<StartRefusedException>(starting.Take).Message.ShouldStartWith($"history in use: another process has {Database}. ");
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;
}
