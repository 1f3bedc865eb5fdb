using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>A gateway that did not start.</summary>
/// <param name="Code">Its exit code: an <see cref="ExitCode"/>, or a code of the system or the runtime.</param>
/// <param name="Reason">The text of its standard error in one line; empty when it wrote nothing.</param>
internal sealed record FailedStart(int Code, string Reason);

/// <summary>A gateway that this server has started. It outlives the server: see <see cref="DetachedStart"/>.</summary>
internal sealed class StartedGateway : IDisposable
{
    private const int LongestReason = 2000;

    private readonly Process process;

    private StartedGateway(Process process) => this.process = process;

    /// <summary>Whether the gateway runs.</summary>
    public bool IsRunning => !process.HasExited;

    /// <summary>Starts the gateway.</summary>
    /// <exception cref="Win32Exception">The system could not start the program.</exception>
    public static StartedGateway Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment, string folder)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder,
            CreateNoWindow = true,
            // All three are redirected: the standard streams of this process belong to the protocol.
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        process.StandardInput.Dispose();
        return new(process);
    }

    /// <summary>Waits until the gateway answers. If it does not, this object is disposed.</summary>
    /// <returns>Null when the gateway answers; otherwise why it has ended.</returns>
    public async Task<FailedStart?> ReadyAsync(CancellationToken cancellationToken)
    {
        var isReady = false;
        try
        {
            using var output = process.StandardOutput;
            using var errors = process.StandardError;
            var reason = ReasonAsync(errors);
            while (await output.ReadLineAsync(CancellationToken.None).AsTask().WaitAsync(cancellationToken) is { } line)
            {
                if (line == DetachedStart.Ready)
                {
                    isReady = true;
                    return null;
                }
            }

            await process.WaitForExitAsync(cancellationToken);
            return new(process.ExitCode, await reason.WaitAsync(cancellationToken));
        }
        finally
        {
            if (!isReady)
            {
                Dispose();
            }
        }
    }

    public void Dispose() => process.Dispose();

    // Reads to the end, so that the gateway never waits for its reader. The result is one line.
    private static async Task<string> ReasonAsync(StreamReader errors)
    {
        var reason = new StringBuilder();
        var buffer = new char[1024];
        try
        {
            while (await errors.ReadAsync(buffer) is var count and > 0)
            {
                reason.Append(buffer, 0, Math.Min(count, LongestReason - reason.Length));
            }
        }
        catch (Exception end) when (end is IOException or ObjectDisposedException)
        {
            // The reason is not needed any more.
        }

        return string.Join(' ', reason.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
