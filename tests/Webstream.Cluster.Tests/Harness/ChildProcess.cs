using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Webstream.Cluster.Tests.Harness;

/// <summary>A process that a test started; every signal goes to its own process id.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private const int Sigterm = 15;
    private const int Sigcont = 18;
    private const int Sigstop = 19;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentDictionary<int, Process> Running = new();

    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();

    // A test run that is ended from outside leaves no process behind.
    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var process in Running.Values)
        {
            process.Kill();
        }
    };

    private ChildProcess(string name, Process process)
    {
        (Name, this.process) = (name, process);
        process.OutputDataReceived += (_, line) => Took(line.Data);
        process.ErrorDataReceived += (_, line) => Took(line.Data);
        process.Start();
        Running[process.Id] = process;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
    }

    public string Name { get; }

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>The lines of both outputs, in the order in which they came.</summary>
    public string Output => string.Join('\n', lines);

    public static ChildProcess Start(string name, string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The settings of the person who runs the tests are no part of the test.
        foreach (var own in start.Environment.Keys.Where(key => key.StartsWith("WEBSTREAM_", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(own);
        }

        start.Environment.Remove("ASPNETCORE_URLS");
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        return new(name, new Process { StartInfo = start });
    }

    /// <summary>How many lines of the process contain a text.</summary>
    public int Said(string text) => lines.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary><c>kill -9</c>.</summary>
    public async Task KillAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
        }

        await ExitAsync();
    }

    /// <summary>Asks the process to end (<c>SIGTERM</c>), and waits until it has.</summary>
    public async Task<int> TerminateAsync()
    {
        Signal(Sigterm);
        return await ExitAsync();
    }

    /// <summary>Stops the process from now on (<c>SIGSTOP</c>): its connections stay open and nothing answers on them.</summary>
    public void Freeze() => Signal(Sigstop);

    /// <summary>Lets the process go on as if nothing had happened (<c>SIGCONT</c>).</summary>
    public void Thaw() => Signal(Sigcont);

    public async Task<int> ExitAsync()
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"{Name} did not end. It had said:\n{Output}", late);
        }

        Running.TryRemove(process.Id, out _);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        process.Dispose();
    }

    private void Signal(int signal) => Kill(process.Id, signal).ShouldBe(0, $"signal {signal} to {Name}");

    private void Took(string? line)
    {
        if (line is not null)
        {
            lines.Enqueue(line);
        }
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
