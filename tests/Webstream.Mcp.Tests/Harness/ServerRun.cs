using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;

namespace Webstream.Mcp.Tests.Harness;

/// <summary>The server as a process of its own. The test exchanges lines with it.</summary>
internal sealed class ServerRun : IAsyncDisposable
{
    private readonly Process process;
    private readonly Channel<string> output = Channel.CreateUnbounded<string>();
    private readonly List<string> errors = [];
    private readonly TaskCompletionSource errorsEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerRun(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => _ = line.Data is null ? output.Writer.TryComplete() : output.Writer.TryWrite(line.Data);
        process.ErrorDataReceived += (_, line) => TakeError(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (errors)
            {
                return [.. errors];
            }
        }
    }

    public static ServerRun Start(Machine machine, string arguments = "", string? folder = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(Programs.Server, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? "",
            StandardInputEncoding = new System.Text.UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
        };
        // The settings of the person who runs the tests are no part of the test.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("webstream", StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in machine.Environment.Select(v => (v.Key, v.Value)).Concat(environment))
        {
            start.Environment[name] = value;
        }

        return new(new Process { StartInfo = start });
    }

    public async Task SendAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    public async Task WriteAsync(string text)
    {
        await process.StandardInput.WriteAsync(text);
        await process.StandardInput.FlushAsync();
    }

    public async Task WriteAsync(byte[] bytes)
    {
        await process.StandardInput.FlushAsync();
        await process.StandardInput.BaseStream.WriteAsync(bytes);
        await process.StandardInput.BaseStream.FlushAsync();
    }

    /// <summary>The resident memory of the process, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64;
        }
    }

    /// <summary>Calls a tool. The caller has to await the answer.</summary>
    public Task CallAsync(int id, string tool, string arguments) => SendAsync(string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"jsonrpc":"2.0","id":{{{id}}},"method":"tools/call","params":{"name":"{{{tool}}}","arguments":{{{arguments}}}}}"""));

    /// <summary>Does the handshake of a client.</summary>
    public async Task<ServerRun> HandshakeAsync()
    {
        await SendAsync("""{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"test","version":"1"}}}""");
        (await LineAsync()).GetProperty("result").GetProperty("serverInfo").GetProperty("name").GetString().ShouldBe("webstream");
        await SendAsync("""{"jsonrpc":"2.0","method":"notifications/initialized"}""");
        return this;
    }

    /// <summary>The next line of standard output, which is always JSON.</summary>
    public async Task<JsonElement> LineAsync()
    {
        var line = await output.Reader.ReadAsync().AsTask().WaitAsync(Until.Patience);
        return JsonDocument.Parse(line).RootElement;
    }

    /// <summary>Every further line of standard output, to its end.</summary>
    public async Task<IReadOnlyList<string>> RestAsync()
    {
        var lines = new List<string>();
        await foreach (var line in output.Reader.ReadAllAsync().WithCancellation(TestContext.Current.CancellationToken))
        {
            lines.Add(line);
        }

        return lines;
    }

    /// <summary>Ends the server's input.</summary>
    public void CloseInput() => process.StandardInput.Close();

    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync().WaitAsync(Until.Patience);
    }

    /// <summary>Waits for the end of the process.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> EndAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Until.Patience);
        await errorsEnded.Task.WaitAsync(Until.Patience);
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

    private void TakeError(string? line)
    {
        lock (errors)
        {
            if (line is null)
            {
                errorsEnded.TrySetResult();
            }
            else
            {
                errors.Add(line);
            }
        }
    }
}
