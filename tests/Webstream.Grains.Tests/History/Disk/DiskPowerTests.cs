using System.Diagnostics;
using Webstream.Grains.History;
using Webstream.Grains.History.Disk;

namespace Webstream.Grains.Tests.History.Disk;

/// <summary>Real processes that end at a write, with and without what the disk had not got yet, and a disk that fails.</summary>
public sealed class DiskPowerTests : IDisposable
{
    private readonly DiskFolder folder = new();
    private readonly DiskFolder told = new();

    public void Dispose()
    {
        folder.Dispose();
        told.Dispose();
    }

    [Theory]
    [InlineData(HistorySync.Always, "none", 11)]
    [InlineData(HistorySync.Always, "none", 12)]
    [InlineData(HistorySync.Always, "all", 21)]
    [InlineData(HistorySync.Always, "all", 22)]
    [InlineData(HistorySync.Always, "some", 31)]
    [InlineData(HistorySync.Always, "some", 32)]
    [InlineData(HistorySync.EverySec, "none", 41)]
    public async Task End_AtAnyWrite_LosesNothingThatWasAcknowledged(HistorySync sync, string loss, int seed)
    {
        var after = new Random(seed).Next(60, 1500);
        var (code, lines) = await DiskChild.RunAsync(folder, told, sync, power: Power(("POWER_AFTER", $"{after}"), ("POWER_LOSS", loss), ("POWER_SEED", $"{seed}")));
        code.ShouldBe(DiskChild.Ended);

        using var logs = folder.Open(sync, loss == "none" ? "boot-1" : "boot-2");

        logs.MovedAside.ShouldBeNull();
        var acknowledged = await HasAsync(logs, lines);
        if (loss != "some")
        {
            // A part that was lost may look like a lost tail: then the epochs are new, and nothing is missing all the same.
            logs.EpochsRenewed.ShouldBeFalse();
        }

        acknowledged.ShouldBeGreaterThan(0);
        (await logs.PushAsync("s1", 1)).Sequence.ShouldBe(logs.RangeOf("s1").Head);
    }

    [Fact]
    public async Task PowerCut_WithWhatTheSystemHadForASecond_BeginsNewEpochs()
    {
        var (code, lines) = await DiskChild.RunAsync(folder, told, HistorySync.EverySec, power: Power(("POWER_AFTER", "900"), ("POWER_LOSS", "all")));
        code.ShouldBe(DiskChild.Ended);

        using var logs = folder.Open(HistorySync.EverySec, "boot-2");

        var acknowledged = Ids(lines, "in").ToArray();
        acknowledged.ShouldAllBe(one => logs.RangeOf(one.Stream).Epoch != one.Id.Epoch);
        // If nothing was lost, the library would do nothing, and the other tests would show nothing.
        acknowledged.ShouldContain(one => logs.RangeOf(one.Stream).Head < one.Id.Sequence);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    public async Task Sync_ThatFails_IsFoundOutAboutBeforeAnybodyIsAnswered(int sync)
    {
        var (code, lines) = await DiskChild.RunAsync(folder, told, HistorySync.Always, power: Power(("POWER_FAIL", $"{sync}")), appends: 400);
        (code, lines[^1]).ShouldBe((0, "done"), string.Join('\n', lines.Where(line => !line.StartsWith("in ", StringComparison.Ordinal)).Take(5)));

        using var logs = folder.Open();

        await HasAsync(logs, lines);
        lines.ShouldNotContain(line => line.StartsWith("perhaps", StringComparison.Ordinal));
        // It went on when the disk took writes again.
        lines[^2].ShouldStartWith("in ");
    }

    [Fact]
    public async Task Limit_OfTheFileSize_RefusesAndKeepsWhatIsIn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/prlimit"), "needs prlimit of Linux");
        string[] wrapper = ["/usr/bin/env", "--ignore-signal=XFSZ", "/usr/bin/prlimit", "--fsize=200000"];

        // A diagnostic of the runtime itself may be larger than the limit.
        var (code, lines) = await DiskChild.RunAsync(folder, told, HistorySync.Always, wrapper, [("DOTNET_EnableDiagnostics", "0"), ("DOTNET_EnableWriteXorExecute", "0")], appends: 250);

        (code, lines[^1]).ShouldBe((0, "done"));
        lines.ShouldContain(line => line.StartsWith("out ", StringComparison.Ordinal) && line.Contains("disk", StringComparison.Ordinal));
        using var logs = folder.Open();
        logs.MovedAside.ShouldBeNull();
        await HasAsync(logs, lines);
    }

    // Every message that was acknowledged is there, unless it was trimmed since, in the epoch that it was acknowledged in or in a renewed one.
    private static async Task<int> HasAsync(DiskStreamHistories logs, string[] lines)
    {
        var acknowledged = Ids(lines, "in").ToArray();
        foreach (var stream in acknowledged.Select(one => one.Stream).Distinct())
        {
            var last = acknowledged.Last(one => one.Stream == stream).Id;
            logs.RangeOf(stream).Head.ShouldBeGreaterThanOrEqualTo(last.Sequence);
            (logs.RangeOf(stream).Epoch == last.Epoch).ShouldBe(!logs.EpochsRenewed);
            (await logs.ReadAllAsync(stream)).ShouldAllBe(message => message.Message.StartsWith($"{stream} {message.Id.Sequence} ", StringComparison.Ordinal));
        }

        foreach (var (stream, id) in Ids(lines, "out"))
        {
            // Its numbers went to another batch, or to none.
            acknowledged.Count(one => one.Stream == stream && one.Id == id).ShouldBeLessThanOrEqualTo(1);
        }

        return acknowledged.Length;
    }

    private static IEnumerable<(string Stream, EventId Id)> Ids(string[] lines, string word) => lines
        .Select(line => line.Split(' '))
        .Where(words => words[0] == word)
        .Select(words => (words[1], EventId.TryParse(words[2], out var id) ? id : default));

    private (string Name, string Value)[] Power(params (string Name, string Value)[] settings) =>
        [.. settings, ("LD_PRELOAD", Library.Value ?? throw new UnreachableException()), ("POWER_DIR", folder.Folder)];

    private static readonly Lazy<string?> Library = new(() =>
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        var (source, built) = (Path.Combine(AppContext.BaseDirectory, "power.c"), Path.Combine(AppContext.BaseDirectory, "power.so"));
        try
        {
            using var compiler = Process.Start("cc", ["-shared", "-fPIC", "-O1", "-o", built, source, "-ldl", "-lpthread"]);
            compiler.WaitForExit();
            return compiler.ExitCode == 0 ? built : throw new InvalidOperationException("power.c does not compile.");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("needs a C compiler");
            return null;
        }
    });
}
