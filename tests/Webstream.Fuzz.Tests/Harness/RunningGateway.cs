using System.Collections.Concurrent;
using System.Diagnostics;

namespace Webstream.Fuzz.Tests.Harness;

/// <summary>A gateway as a process of its own, with its output. All doors of a test class belong to this one gateway.</summary>
public sealed class RunningGateway : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    // The categories that log about requests.
    private static readonly string[] Failures = ["Microsoft.AspNetCore", "ModelContextProtocol", "Webstream.Tools", "unhandled exception"];

    private readonly ConcurrentQueue<string> lines = new();
    private readonly TaskCompletionSource<Uri> up = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? process;

    /// <summary>The address at which it listens.</summary>
    public Uri Address { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        process = Programs.Start("Webstream.Gateway", "webstream-gateway", ["--host", "127.0.0.1", "--port", "0"], new()
        {
            // On a busy machine a push may be slow, which is no fault of its body.
            ["Webstream__Push__Patience"] = "00:01:00",
            // The same goes for calls within the cluster: Orleans would log that they are slow.
            ["Logging__LogLevel__Orleans"] = "None",
        });
        process.OutputDataReceived += (_, line) => Took(line.Data);
        process.ErrorDataReceived += (_, line) => Took(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Close();
        Address = await up.Task.WaitAsync(Patience);
    }

    /// <summary>The gateway runs, and nothing in its log is about a request that failed inside.</summary>
    public void ShouldBeUnhurt()
    {
        process!.HasExited.ShouldBeFalse($"It ended. It had said:\n{string.Join('\n', lines)}");
        lines.Where(line => Failures.Any(failure => line.Contains(failure, StringComparison.Ordinal))).ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        process?.Dispose();
    }

    private void Took(string? line)
    {
        const string Open = "  open ";
        if (line is null)
        {
            up.TrySetException(new InvalidOperationException($"It ended. It had said:\n{string.Join('\n', lines)}"));
            return;
        }

        lines.Enqueue(line);
        if (line.StartsWith(Open, StringComparison.Ordinal))
        {
            up.TrySetResult(new(line[Open.Length..].Trim()));
        }
    }
}
