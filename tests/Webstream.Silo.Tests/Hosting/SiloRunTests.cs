using System.Globalization;
using Webstream.Protocol;

namespace Webstream.Silo.Tests.Hosting;

/// <summary>The silo as a process: its health command, and how it ends.</summary>
public sealed class SiloRunTests
{
    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:{0}")]
    [InlineData("HTTP_PORTS", "{0}")]
    public async Task Health_WithoutAnAddress_AsksTheSiloThatHasTheSameSettings(string name, string value)
    {
        var port = FreePort.Take();
        (string, string)[] settings = [(name, string.Format(CultureInfo.InvariantCulture, value, port))];
        await using var silo = Start(settings);
        (await silo.LineAsync()).ShouldStartWith("Webstream silo ready");

        var health = await ProgramRun.OfAsync([.. Programs.Silo, "health"], settings);
        var named = await ProgramRun.OfAsync([.. Programs.Silo, "health", $"http://127.0.0.1:{port}"]);

        health.ShouldBe(new(0, $"http://127.0.0.1:{port}/health/ready: 200 Healthy", ""));
        named.ExitCode.ShouldBe(0);
        (await silo.TerminateAsync()).ShouldBe((int)ExitCode.Ended);
        (await silo.Output.RestAsync()).ShouldBeEmpty();
        silo.Errors.All.ShouldBeEmpty();
    }

    [Fact]
    public async Task Signal_WhileTheSiloWaitsForRedis_EndsItWithoutAnotherLine()
    {
        await using var silo = Start([("Webstream__Cluster__Redis", "127.0.0.1:1"), ("ASPNETCORE_URLS", "http://127.0.0.1:0")]);
        (await silo.LineAsync()).ShouldStartWith("Waiting for Redis");

        (await silo.TerminateAsync()).ShouldBe((int)ExitCode.Ended);

        (await silo.Output.RestAsync()).ShouldBeEmpty();
        silo.Errors.All.ShouldBeEmpty();
    }

    private static ChildProcess Start((string, string)[] settings) =>
        ChildProcess.Start(Programs.Silo, [("Webstream__Cluster__SiloPort", "0"), ("Webstream__Cluster__GatewayPort", "0"), .. settings]);
}
