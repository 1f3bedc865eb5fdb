using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using Shouldly;

namespace Webstream.Testing;

/// <summary>
/// A process that a test started, with its lines. Every signal goes to its own process id. The process ends with the test, and at the latest with
/// the test run.
/// </summary>
public sealed partial class ChildProcess : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<ChildProcess, bool> Running = new();

    private readonly Process process;
    private readonly ConcurrentQueue<string> said = new();

    // A test run that is ended from outside leaves no process behind.
    static ChildProcess() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Running.Keys)
        {
            child.process.Kill();
        }
    };

    private ChildProcess(string name, ProcessStartInfo start)
    {
        Name = name;
        process = new() { StartInfo = start };
        Output = new(() => Text);
        Errors = new(() => Text);
        process.OutputDataReceived += (_, line) => Take(line.Data, Output);
        process.ErrorDataReceived += (_, line) => Take(line.Data, Errors);
        process.Start();
        Id = process.Id;
        Running[this] = true;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>What the test calls it.</summary>
    public string Name { get; }

    /// <summary>Its process id.</summary>
    public int Id { get; }

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => process.HasExited;

    /// <summary>Its standard output.</summary>
    public OutputLines Output { get; }

    /// <summary>Its standard error.</summary>
    public OutputLines Errors { get; }

    /// <summary>The lines of both outputs, in the order in which they came.</summary>
    public string Text => string.Join('\n', said);

    /// <summary>Its resident memory, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>
    /// Starts a program, without the product's and the web server's settings of the person who runs the tests, and with its history in memory: a
    /// test about the disk says where.
    /// </summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">What else is in its environment than in the test's.</param>
    /// <param name="folder">Its working directory; none: that for temporary files.</param>
    /// <param name="keepsInput">
    /// Whether the test writes to its standard input. Otherwise that input is empty: a program that asked for some would wait for the terminal of the
    /// person who runs the tests.
    /// </param>
    /// <param name="name">What failures call it; none: the program's name.</param>
    public static ChildProcess Start(
        IEnumerable<string> command,
        IEnumerable<(string Name, string Value)>? environment = null,
        string? folder = null,
        bool keepsInput = false,
        string? name = null)
    {
        string[] words = [.. command];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            WorkingDirectory = folder ?? Path.GetTempPath(),
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        foreach (var own in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(own);
        }

        start.Environment["Webstream__Log__Store"] = "memory";
        foreach (var (key, value) in environment ?? [])
        {
            start.Environment[key] = value;
        }

        var child = new ChildProcess(name ?? Path.GetFileName(words[0]), start);
        if (!keepsInput)
        {
            child.CloseInput();
        }

        return child;
    }

    /// <summary>Whether a variable of the environment is a setting of the product or of its web server.</summary>
    public static bool IsSetting(string variable) => Settings().IsMatch(variable);

    /// <summary>The next line of its standard output.</summary>
    public Task<string> LineAsync() => Output.NextAsync();

    /// <summary>The next line of its standard error.</summary>
    public Task<string> ErrorLineAsync() => Errors.NextAsync();

    /// <summary>The next line of its standard error with this text. The lines before it are skipped.</summary>
    public Task<string> ErrorLineAsync(string containing) => Errors.NextAsync(containing);

    /// <summary>How many lines of both outputs contain a text.</summary>
    public int Said(string text) => said.Count(line => line.Contains(text, StringComparison.Ordinal));

    /// <summary>Writes text to its standard input.</summary>
    public Task WriteAsync(string text) => WriteAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes to its standard input.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        await process.StandardInput.BaseStream.WriteAsync(bytes);
        await process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>Ends its standard input.</summary>
    public void CloseInput() => process.StandardInput.Close();

    /// <summary>Sends it a signal.</summary>
    public void Signal(ProcessSignal signal) => Kill(Id, (int)signal).ShouldBe(0, $"{signal} to {Name}");

    /// <summary>Asks it to end (<c>SIGTERM</c>).</summary>
    public void Terminate() => Signal(ProcessSignal.Terminate);

    /// <summary>Asks it to end, and waits until it has.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        Terminate();
        return await ExitAsync();
    }

    /// <summary>Stops it from now on (<c>SIGSTOP</c>): its connections stay open and nothing answers on them.</summary>
    public void Freeze() => Signal(ProcessSignal.Stop);

    /// <summary>Lets it go on as if nothing had happened (<c>SIGCONT</c>).</summary>
    public void Thaw() => Signal(ProcessSignal.Continue);

    /// <summary>Kills it (<c>kill -9</c>), and waits until it has ended.</summary>
    public Task KillAsync() => KillAsync(withChildren: false);

    /// <summary>Kills it and the processes that it started, and waits until it has ended.</summary>
    public Task KillWithChildrenAsync() => KillAsync(withChildren: true);

    /// <summary>Waits for its end and for all of its output.</summary>
    /// <param name="within">How long; none: <see cref="Until.Patience"/>.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="InvalidOperationException">It, or one that inherited its outputs, still runs.</exception>
    public async Task<int> ExitAsync(TimeSpan? within = null)
    {
        try
        {
            await process.WaitForExitAsync().WaitAsync(within ?? Until.Patience);
        }
        catch (TimeoutException late)
        {
            throw new InvalidOperationException($"{Name} did not end. It had said:\n{Text}", late);
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        // A test may have disposed of it already, so that its end falls into the test.
        if (Running.TryRemove(this, out _))
        {
            await KillAsync();
            process.Dispose();
        }
    }

    private Task<int> KillAsync(bool withChildren)
    {
        if (!process.HasExited)
        {
            process.Kill(withChildren);
        }

        return ExitAsync();
    }

    private void Take(string? line, OutputLines lines)
    {
        if (line is not null)
        {
            said.Enqueue(line);
        }

        lines.Add(line);
    }

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int Kill(int process, int signal);

    [GeneratedRegex("^(webstream|aspnetcore_|dotnet_urls|dotnet_environment|kestrel|urls$|https?_ports$)", RegexOptions.IgnoreCase)]
    private static partial Regex Settings();
}
