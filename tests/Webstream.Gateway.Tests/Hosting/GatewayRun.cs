using System.Globalization;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>The gateway as a process of its own, as a person starts it.</summary>
internal sealed class GatewayRun : IAsyncDisposable
{
    private readonly ChildProcess process;

    private GatewayRun(ChildProcess process) => this.process = process;

    /// <summary>Its process id.</summary>
    public int Id => process.Id;

    /// <summary>The lines of its standard output so far.</summary>
    public IReadOnlyList<string> Output => process.Output.All;

    /// <summary>The lines of its standard error so far.</summary>
    public IReadOnlyList<string> Errors => process.Errors.All;

    /// <summary>The resident memory of the process, in bytes.</summary>
    public long Resident => process.ResidentBytes;

    /// <summary>Whether the process has ended.</summary>
    public bool HasEnded => process.HasExited;

    /// <summary>The addresses that the banner offers to open.</summary>
    public Uri[] Addresses => [.. Output.Where(line => line.StartsWith("  open  ", StringComparison.Ordinal)).Select(line => new Uri(line[8..].Trim()))];

    public static GatewayRun Start(string arguments, params (string Name, string Value)[] environment) => Start(arguments, null, environment);

    public static GatewayRun Start(string arguments, string? directory, params (string Name, string Value)[] environment) =>
        Start([], arguments, directory, environment);

    /// <summary>Starts it as a process that may open this number of files.</summary>
    public static GatewayRun StartWithFiles(int limit, string arguments, params (string Name, string Value)[] environment) =>
        Start([Needs.Program("util-linux", "prlimit"), string.Create(CultureInfo.InvariantCulture, $"--nofile={limit}:{limit}")], arguments, null, environment);

    /// <summary>Starts it through a program that becomes the gateway, such as one that sets limits first.</summary>
    public static GatewayRun Start(string[] through, string arguments, string? directory, params (string Name, string Value)[] environment) =>
        new(ChildProcess.Start(
            [.. through, .. Programs.Gateway, .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries)], environment, directory, name: "the gateway"));

    /// <summary>Waits until it is up and has written everything that it writes then.</summary>
    public async Task<GatewayRun> UpAsync()
    {
        await LineAsync("  end      Ctrl");
        return this;
    }

    /// <summary>The first line with this text; waits until it comes.</summary>
    public Task<string> LineAsync(string text) => process.Output.FirstAsync(text);

    /// <summary>Asks the process to end, as a service manager does.</summary>
    public void Terminate() => process.Terminate();

    /// <summary>Kills the process, and waits until it has ended.</summary>
    public Task KillAsync() => process.KillAsync();

    /// <summary>Waits for the end of the process and for all of its output.</summary>
    /// <returns>The exit code.</returns>
    public Task<int> EndAsync() => process.ExitAsync();

    /// <summary>Waits for the end of both outputs, also where the process goes on.</summary>
    public Task StreamsEndAsync() => Task.WhenAll(process.Output.EndAsync(), process.Errors.EndAsync());

    public ValueTask DisposeAsync() => process.DisposeAsync();
}
