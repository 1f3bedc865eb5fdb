using Webstream.Cluster.Tests.Harness;
using Webstream.Protocol;

namespace Webstream.Cluster.Tests.Disk;

/// <summary>What a person sees who starts a gateway without a setting, stops it, and starts it again.</summary>
public sealed class StoppedAndStartedTests
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateway_StoppedAndStartedAgain_GoesOnWhereItWas()
    {
        await using var gateway = new DiskGateway();
        await gateway.Server.StartReadyAsync();
        var (first, _) = await gateway.PushAsync("one", key: "key-1");
        await gateway.PushAsync("elsewhere", "other");

        (await gateway.Server.Process.Output.FirstAsync("  history ")).ShouldBe($"  history  on disk: {gateway.Database}");
        (await gateway.GetAsync("/api/info")).GetProperty("history").GetString().ShouldBe("disk");
        ModeOf(gateway.Folder).ShouldBe(OwnersFile | UnixFileMode.UserExecute);
        var files = Directory.GetFiles(gateway.Folder);
        files.ShouldContain($"{gateway.Database}.lock");
        files.ShouldContain($"{gateway.Database}.secret");
        files.ShouldAllBe(path => ModeOf(path) == OwnersFile);

        var last = first;
        for (var round = 1; round <= 2; round++)
        {
            // Not by Ctrl+C's signal, which does not arrive where whoever started the tests ignores it.
            gateway.Server.Process.Terminate();
            (await gateway.Server.Process.ExitAsync()).ShouldBe((int)ExitCode.Ended);
            File.Exists($"{gateway.Database}.secret").ShouldBeFalse();
            await gateway.Server.StartReadyAsync();

            // Before any push.
            (await gateway.GetAsync("/api/streams")).GetProperty("streams").EnumerateArray()
                .Select(stream => (stream.GetProperty("name").GetString(), stream.GetProperty("head").GetString()))
                .ShouldContain(("main", last.ToString()));
            (await gateway.PushAsync("one", key: "key-1")).ShouldBe((first, true));
            last = (await gateway.PushAsync($"after stop {round}")).Id;
            last.ShouldBe(first with { Sequence = 1 + round });
        }

        await gateway.Server.Process.KillAsync();
        await gateway.Server.StartReadyAsync();
        (await gateway.ResumeAsync(first)).ShouldSatisfyAllConditions(
            resumed => resumed.Status.ShouldBe("recovered"),
            resumed => resumed.Texts.ShouldBe(["after stop 1", "after stop 2"]));
        (await gateway.PushAsync("one", key: "key-1")).ShouldBe((first, true));
    }

    [Fact]
    public async Task History_OfAProcessThatEnds_IsWaitedFor_AndOfOneThatStaysIsInUse()
    {
        var folder = Directory.CreateTempSubdirectory("webstream-lock-");
        try
        {
            var (ending, staying) = (Path.Combine(folder.FullName, "ending.db"), Path.Combine(folder.FullName, "staying.db"));
            using var held = StartLock.TryTake($"{staying}.lock");
            var other = StartLock.TryTake($"{ending}.lock").ShouldNotBeNull();
            // The shortest patience that there is: 10 s for a shutdown without waves, and 5 s more.
            await using var refused = Start(staying, ("Webstream__Listeners__DrainTime", "00:00:00"));
            await using var waiting = Start(ending);

            await waiting.Output.FirstAsync($"Waiting for the history {ending}");
            other.Dispose();

            await waiting.Output.FirstAsync($"  history  on disk: {ending}");
            (await waiting.TerminateAsync()).ShouldBe((int)ExitCode.Ended);
            (await refused.ExitAsync()).ShouldBe((int)ExitCode.InUse);
            refused.Errors.All.ShouldBe(
                [$"webstream-gateway: history in use: another process has {staying}, and has not ended within 15 seconds. End that process, or name another file with Webstream__Log__Path."]);
            refused.Output.All.ShouldHaveSingleItem().ShouldStartWith("Waiting for the history");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Folder_ThatCannotBeWritten_IsMemory_UnlessAPersonChoseIt()
    {
        // Nobody can make a folder there, root neither.
        await using var usual = new DiskGateway(("XDG_STATE_HOME", "/proc/none"));
        await usual.Server.StartReadyAsync();
        await using var chosen = ChildProcess.Start(
            [.. Programs.Gateway, "--host", "127.0.0.1", "--port", $"{FreePort.Take()}"], [("WEBSTREAM_STATE_DIR", "/proc/none"), ("Webstream__Log__Store", "")]);

        (await chosen.ExitAsync()).ShouldBe((int)ExitCode.Refused);
        chosen.Errors.All.ShouldHaveSingleItem().ShouldStartWith("webstream-gateway: The history cannot be written to /proc/none/gateway-");
        (await usual.Server.Process.Output.FirstAsync("  history ")).ShouldStartWith("  history  in memory: it ends with this process (/proc/none/webstream/gateway-");
        (await usual.GetAsync("/api/info")).GetProperty("history").GetString().ShouldBe("memory");
        Directory.GetFileSystemEntries(usual.Home).ShouldBeEmpty();
    }

    private static UnixFileMode ModeOf(string path) => OperatingSystem.IsWindows() ? OwnersFile : File.GetUnixFileMode(path);

    private static ChildProcess Start(string path, params (string, string)[] more) => ChildProcess.Start(
        [.. Programs.Gateway, "--host", "127.0.0.1", "--port", "0"], [("Webstream__Log__Store", ""), ("Webstream__Log__Path", path), .. more]);
}
