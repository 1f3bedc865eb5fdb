using System.ComponentModel;
using Webstream.Mcp.Gateways;
using Webstream.Protocol;

namespace Webstream.Mcp.Tests.Gateways;

/// <summary>The messages of a started program to its starter, with a shell in the gateway's place.</summary>
public sealed class StartedGatewayTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Gateway_ThatIsReady_RunsUntilItEnds()
    {
        var folder = Directory.CreateTempSubdirectory("webstream-test-");
        try
        {
            var go = Path.Combine(folder.FullName, "end");
            using var gateway = Start($"echo {DetachedStart.Ready}; until [ -e '{go}' ]; do sleep 0.05; done");

            (await gateway.ReadyAsync(Stop)).ShouldBeNull();
            gateway.IsRunning.ShouldBeTrue();

            await File.WriteAllTextAsync(go, "", Stop);
            await Until.TrueAsync(() => !gateway.IsRunning);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Gateway_ThatEnds_IsAFailureWithItsCodeAndItsWordsInOneLine()
    {
        using var gateway = Start("printf 'You must install .NET.\\n\\n  Framework: Microsoft.AspNetCore.App\\r\\n' >&2; exit 150");

        (await gateway.ReadyAsync(Stop)).ShouldBe(new FailedStart(150, "You must install .NET. Framework: Microsoft.AspNetCore.App"));
    }

    [Fact]
    public async Task Gateway_ThatEndsWithoutAWord_IsAFailure()
    {
        using var gateway = Start($"echo almost {DetachedStart.Ready}; exit 4");

        (await gateway.ReadyAsync(Stop)).ShouldBe(new FailedStart((int)ExitCode.LockHeld, ""));
    }

    [Fact]
    public async Task Gateway_ThatIsKilled_IsAFailure()
    {
        using var gateway = Start("kill -9 $$");

        (await gateway.ReadyAsync(Stop)).ShouldNotBeNull().Code.ShouldBe(128 + 9);
    }

    [Fact]
    public async Task Words_WithoutEnd_AreReadAndCut()
    {
        using var gateway = Start("head -c 3000000 /dev/zero | tr '\\0' x >&2; exit 1");

        (await gateway.ReadyAsync(Stop)).ShouldNotBeNull().Reason.ShouldBe(new string('x', 2000));
    }

    [Fact]
    public async Task Gateway_ThatIsNeitherReadyNorEnds_IsNotWaitedForAfterTheCallWasCancelled()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        using var gateway = Start("exec sleep 30");
        var ready = gateway.ReadyAsync(stop.Token);

        await stop.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => ready);
    }

    [Fact]
    public async Task Gateway_HasItsEnvironmentAndFolder_AndNothingToRead()
    {
        using var gateway = StartedGateway.Start(
            "/bin/sh", ["-c", "read line || echo \"$(pwd) $(env | sort | grep -v '^PWD=\\|^_=\\|^SHLVL=' | tr '\\n' ' ')\" >&2; exit 1"],
            new Dictionary<string, string> { ["WEBSTREAM_API_KEY"] = "k" }, "/");

        (await gateway.ReadyAsync(Stop)).ShouldNotBeNull().Reason.ShouldBe("/ WEBSTREAM_API_KEY=k");
    }

    [Fact]
    public void Program_ThatIsNotThere_CannotBeStarted() =>
        Should.Throw<Win32Exception>(() => StartedGateway.Start("/nonexistent/webstream-gateway", [], new Dictionary<string, string>(), "/"));

    private static StartedGateway Start(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It has no such shell.");
        return StartedGateway.Start("/bin/sh", ["-c", script], new Dictionary<string, string> { ["PATH"] = Environment.GetEnvironmentVariable("PATH")! }, "/");
    }
}
