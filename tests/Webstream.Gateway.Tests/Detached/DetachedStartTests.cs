using System.Net;
using System.Net.Sockets;
using Webstream.Gateway.Detached;
using Webstream.Gateway.Tests.Hosting;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.Detached;

/// <summary>A gateway as another program starts it, with real processes.</summary>
public sealed class DetachedStartTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("webstream-test-");

    private string Log => Path.Combine(folder.FullName, "g.log");

    private string Lock => Path.Combine(folder.FullName, "g.lock");

    private string Detached => $"--detached --host 127.0.0.1 --port 0 --log {Log} --lock {Lock}";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Start_SaysOneWord_AndTheRestStandsInTheLog()
    {
        await using var run = GatewayRun.Start(Detached);

        await run.LineAsync(DetachedStart.Ready);

        var lines = await File.ReadAllLinesAsync(Log, Stop);
        lines[0].ShouldMatch(@"^Webstream \d+\.\d+\.\d+$");
        var address = lines.First(line => line.StartsWith("  open  ", StringComparison.Ordinal))[8..].Trim();
        using var http = new HttpClient();
        using var body = new StringContent("hello");
        (await http.PostAsync(new Uri($"{address}/api/push"), body, Stop)).StatusCode.ShouldBe(HttpStatusCode.OK);
        await Until.TrueAsync(async () => (await File.ReadAllTextAsync(Log, Stop)).Contains("Pushed main ", StringComparison.Ordinal));
        run.Terminate();
        (await run.EndAsync()).ShouldBe((int)ExitCode.Ended);
        run.Output.ShouldBe([DetachedStart.Ready]);
        run.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task Process_HasASessionOfItsOwn_AndLetsGoOfItsStartersStreams()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It shows the sessions and the files of processes.");
        await using var run = GatewayRun.Start(Detached);
        await run.LineAsync(DetachedStart.Ready);

        // The fields after the name, which may contain blanks: state, parent, group, session.
        var stat = await File.ReadAllTextAsync($"/proc/{run.Id}/stat", Stop);
        stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[2..4].ShouldBe([$"{run.Id}", $"{run.Id}"]);
        Stream(0).ShouldBe("/dev/null");
        Stream(1).ShouldBe(Log);
        Stream(2).ShouldBe(Log);
        // The gateway has no copies of the outputs either: their readers see the end.
        await run.StreamsEndAsync();
        StartLock.IsHeld(Lock).ShouldBeTrue();

        string? Stream(int number) => new FileInfo($"/proc/{run.Id}/fd/{number}").LinkTarget;
    }

    [Fact]
    public async Task Start_WhileAnotherGatewayHoldsTheLock_EndsAndLeavesThatOnesLogAlone()
    {
        await using var first = GatewayRun.Start(Detached);
        await first.LineAsync(DetachedStart.Ready);
        var log = await File.ReadAllTextAsync(Log, Stop);

        await using var second = GatewayRun.Start(Detached);

        (await second.EndAsync()).ShouldBe((int)ExitCode.LockHeld);
        second.Output.ShouldBeEmpty();
        second.Errors.ShouldBe([$"Another gateway holds the lock {Lock}: it runs, or starts."]);
        (await File.ReadAllTextAsync(Log, Stop)).ShouldBe(log);
        File.Exists(LogFile.PreviousOf(Log)).ShouldBeFalse();
    }

    [Fact]
    public async Task Lock_OfAGatewayThatWasKilled_IsFree_AndTheNextOneKeepsItsLog()
    {
        await using (var first = GatewayRun.Start(Detached))
        {
            await first.LineAsync(DetachedStart.Ready);
            StartLock.IsHeld(Lock).ShouldBeTrue();
            await first.KillAsync();
        }

        StartLock.IsHeld(Lock).ShouldBeFalse();
        var log = await File.ReadAllTextAsync(Log, Stop);
        await using var second = GatewayRun.Start(Detached);
        await second.LineAsync(DetachedStart.Ready);
        (await File.ReadAllTextAsync(LogFile.PreviousOf(Log), Stop)).ShouldBe(log);
    }

    [Fact]
    public async Task Setting_ThatIsWrong_IsToldToTheStarterAndStandsInTheLog()
    {
        await using var run = GatewayRun.Start(Detached, ("Webstream__Write", "nonsense"));

        (await run.EndAsync()).ShouldBe((int)ExitCode.Refused);
        run.Output.ShouldBeEmpty();
        run.Errors.ShouldBe(["Webstream__Write is loopback, key or open."]);
        (await File.ReadAllLinesAsync(Log, Stop)).ShouldBe(["webstream-gateway: Webstream__Write is loopback, key or open."]);
    }

    [Fact]
    public async Task Port_InUse_HasItsOwnExitCode()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        await using var run = GatewayRun.Start($"--detached --urls http://{other.LocalEndpoint}");

        (await run.EndAsync()).ShouldBe((int)ExitCode.InUse);
        run.Errors.ShouldHaveSingleItem().ShouldStartWith($"http://{other.LocalEndpoint} is in use by another program.");
    }

    [Theory]
    [InlineData("--log {0}/none/g.log", "{0}/none/g.log cannot be written: ")]
    [InlineData("--log {0}", "{0} cannot be written: ")]
    [InlineData("--log {0}/link", "{0}/link cannot be written: {0}/link is a link to {0}/target.")]
    [InlineData("--lock {0}/none/g.lock", "{0}/none/g.lock cannot be written: ")]
    [InlineData("--lock {0}", "{0} cannot be written: ")]
    [InlineData("--lock {0}/link", "{0}/link cannot be written: {0}/link is a link to {0}/target.")]
    public async Task File_ThatCannotBeWritten_IsToldToTheStarter(string arguments, string error)
    {
        File.CreateSymbolicLink(Path.Combine(folder.FullName, "link"), Path.Combine(folder.FullName, "target"));
        await using var run = GatewayRun.Start($"--detached --host 127.0.0.1 --port 0 {string.Format(null, arguments, folder.FullName)}");

        (await run.EndAsync()).ShouldBe((int)ExitCode.Refused);
        run.Errors.ShouldHaveSingleItem().ShouldStartWith(string.Format(null, error, folder.FullName));
        run.Output.ShouldBeEmpty();
        File.Exists(Path.Combine(folder.FullName, "target")).ShouldBeFalse();
    }

    [Fact]
    public async Task Disk_ThatIsFull_DoesNotKeepAGatewayFromRunning()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It has /dev/full.");
        await using var run = GatewayRun.Start($"--detached --host 127.0.0.1 --port 0 --log /dev/full --lock {Lock}");

        await run.LineAsync(DetachedStart.Ready);

        run.Terminate();
        (await run.EndAsync()).ShouldBe((int)ExitCode.Ended);
    }

    [Fact]
    public async Task Job_OfAShell_IsToldHowToDetach()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has no process groups.");
        var gateway = string.Join(' ', Programs.Gateway.Select(word => $"'{word}'"));
        await using var shell = ChildProcess.Start(["bash", "-c", $"set -m; {gateway} --detached --host 127.0.0.1 --port 0 & wait $!"]);

        (await shell.ExitAsync()).ShouldBe((int)ExitCode.WrongCommandLine);
        (await shell.ErrorLineAsync("--detached")).ShouldContain("write setsid before it");
    }
}
