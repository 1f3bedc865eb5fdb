using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A program that a test runs, with its lines as they come. The test ends it by its own process id.</summary>
internal sealed class ChildProgram : IAsyncDisposable
{
    private const int Sigterm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly Channel<string> output = Channel.CreateUnbounded<string>();
    private readonly Channel<string> errors = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> seen = new();

    private ChildProgram(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Took(output, "out", line.Data);
        process.ErrorDataReceived += (_, line) => Took(errors, "err", line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        // A test types no input. A program that asked for some would otherwise wait for the terminal of the person who runs the tests.
        process.StandardInput.Close();
    }

    /// <summary>Starts a program.</summary>
    public static ChildProgram Start(string path, string[] arguments, params (string Name, string Value)[] environment) =>
        Start(path, arguments, Path.GetTempPath(), environment);

    /// <summary>Starts a program in a folder.</summary>
    public static ChildProgram Start(string path, string[] arguments, string folder, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The settings of the person who runs the tests are no part of the test.
        start.Environment.Remove("WEBSTREAM_URL");
        start.Environment.Remove("WEBSTREAM_API_KEY");
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(new Process { StartInfo = start });
    }

    /// <summary>The next line of its standard output.</summary>
    public Task<string> LineAsync() => NextAsync(output);

    /// <summary>The next line of its standard error.</summary>
    public Task<string> ErrorLineAsync() => NextAsync(errors);

    /// <summary>The next line of its standard error that contains a text. Lines before it are skipped.</summary>
    public async Task<string> ErrorLineAsync(string containing)
    {
        while (true)
        {
            if (await ErrorLineAsync() is var line && line.Contains(containing, StringComparison.Ordinal))
            {
                return line;
            }
        }
    }

    /// <summary>Asks it to end, as <c>kill</c> does.</summary>
    public void Terminate() => Kill(process.Id, Sigterm).ShouldBe(0);

    /// <summary>Its exit code, once it has ended.</summary>
    public async Task<int> ExitAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private async Task<string> NextAsync(Channel<string> lines)
    {
        try
        {
            return await lines.Reader.ReadAsync().AsTask().WaitAsync(Patience);
        }
        catch (Exception end) when (end is ChannelClosedException or TimeoutException)
        {
            throw new InvalidOperationException($"No further line. It had said:\n{string.Join('\n', seen)}", end);
        }
    }

    private void Took(Channel<string> lines, string from, string? line)
    {
        if (line is null)
        {
            lines.Writer.Complete();
            return;
        }

        seen.Enqueue($"{from}: {line}");
        lines.Writer.TryWrite(line);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);
}
