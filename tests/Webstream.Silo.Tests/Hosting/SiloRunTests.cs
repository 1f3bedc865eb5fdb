using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Webstream.Protocol;

namespace Webstream.Silo.Tests.Hosting;

/// <summary>The silo as a process: its health command, and how it ends.</summary>
public sealed class SiloRunTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("ASPNETCORE_URLS", "http://0.0.0.0:{0}")]
    [InlineData("HTTP_PORTS", "{0}")]
    public async Task Health_WithoutAnAddress_AsksTheSiloThatHasTheSameSettings(string name, string value)
    {
        var port = FreePort();
        (string, string) setting = (name, string.Format(CultureInfo.InvariantCulture, value, port));
        using var silo = Start([], setting);
        using var end = new Killed(silo);
        (await silo.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(Patience, Stop)).ShouldNotBeNull().ShouldStartWith("Webstream silo ready");
        using var health = Start(["health"], setting);
        using var named = Start(["health", $"http://127.0.0.1:{port}"]);

        (await EndAsync(health)).ShouldBe((0, $"http://127.0.0.1:{port}/health/ready: 200 Healthy\n", ""));
        (await EndAsync(named)).Code.ShouldBe(0);
        await TerminateAsync(silo);
        (await EndAsync(silo)).ShouldBe(((int)ExitCode.Ended, "", ""));
    }

    [Fact]
    public async Task Signal_WhileTheSiloWaitsForRedis_EndsItWithoutAnotherLine()
    {
        using var silo = Start([], ("Webstream__Cluster__Redis", "127.0.0.1:1"), ("ASPNETCORE_URLS", "http://127.0.0.1:0"));
        using var end = new Killed(silo);
        (await silo.StandardOutput.ReadLineAsync(Stop).AsTask().WaitAsync(Patience, Stop)).ShouldNotBeNull().ShouldStartWith("Waiting for Redis");

        await TerminateAsync(silo);

        (await EndAsync(silo)).ShouldBe(((int)ExitCode.Ended, "", ""));
    }

    private static Process Start(string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "webstream-silo.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["Webstream__Cluster__SiloPort"] = "0";
        start.Environment["Webstream__Cluster__GatewayPort"] = "0";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task TerminateAsync(Process process)
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
    }

    private static async Task<(int Code, string Output, string Errors)> EndAsync(Process process)
    {
        using var end = new Killed(process);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop).WaitAsync(Patience, Stop);
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>Kills a process that a failed test leaves.</summary>
    private sealed class Killed(Process process) : IDisposable
    {
        public void Dispose()
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
