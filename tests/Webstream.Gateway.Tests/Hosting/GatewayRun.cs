using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>The gateway as a process of its own, as a person starts it.</summary>
internal sealed partial class GatewayRun : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Lock gate = new();
    private readonly List<string> output = [];
    private readonly List<string> errors = [];
    private readonly TaskCompletionSource outputEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource errorsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayRun(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data, output, outputEnded);
        process.ErrorDataReceived += (_, line) => Take(line.Data, errors, errorsEnded);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Its process id.</summary>
    public int Id => process.Id;

    public IReadOnlyList<string> Output
    {
        get
        {
            lock (gate)
            {
                return [.. output];
            }
        }
    }

    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (gate)
            {
                return [.. errors];
            }
        }
    }

    /// <summary>The resident memory of the process in bytes. Only on Linux.</summary>
    public long Resident => 1024 * long.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal))[6..].Trim().TrimEnd(" kB").ToString(),
        CultureInfo.InvariantCulture);

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
    public static GatewayRun Start(string[] through, string arguments, string? directory, params (string Name, string Value)[] environment)
    {
        string[] command =
        [
            .. through,
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet",
            Path.Combine(AppContext.BaseDirectory, "webstream-gateway.dll"),
            .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        ];
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };
        // The settings of the person who runs the tests are no part of the test.
        foreach (var name in start.Environment.Keys.Where(name => Settings().IsMatch(name)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Waits until it is up and has written everything that it writes then.</summary>
    public async Task<GatewayRun> UpAsync()
    {
        await LineAsync("  end      Ctrl");
        return this;
    }

    /// <summary>The first line with this text; waits until it comes.</summary>
    public async Task<string> LineAsync(string text)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                if (output.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
                {
                    return found;
                }

                next = more.Task;
            }

            outputEnded.Task.IsCompleted.ShouldBeFalse($"'{text}' never came. {string.Join('\n', Output)}\n{string.Join('\n', Errors)}");
            await next.WaitAsync(Patience);
        }
    }

    /// <summary>Asks the process to end, as a service manager does.</summary>
    public Task TerminateAsync() => SignalAsync("TERM");

    /// <summary>Sends it a signal.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Patience);
    }

    /// <summary>Waits for the end of the process and for all of its output.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        await StreamsEndAsync();
        return process.ExitCode;
    }

    /// <summary>Waits until no process can write to its outputs any more.</summary>
    public Task StreamsEndAsync() => Task.WhenAll(outputEnded.Task, errorsEnded.Task).WaitAsync(Patience);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private void Take(string? line, List<string> lines, TaskCompletionSource ended)
    {
        lock (gate)
        {
            if (line is null)
            {
                ended.TrySetResult();
            }
            else
            {
                lines.Add(line);
            }

            more.TrySetResult();
            more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    [GeneratedRegex("^(webstream|aspnetcore_|dotnet_urls|dotnet_environment|kestrel|urls$|https?_ports$)", RegexOptions.IgnoreCase)]
    private static partial Regex Settings();
}
