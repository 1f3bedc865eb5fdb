using Webstream.Mcp.Processes;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// Starts the gateway on a port, once, however many assistants want it at the same time: the one with the lock starts it, the others wait
/// for it to appear. Without a lock (a folder that cannot be written, or another user) the port decides: the second gateway finds it taken
/// and ends, and its starter finds the first.
/// </summary>
internal sealed class GatewayLauncher(GatewayFinder finder, GatewayProgram program, StateFolder state, TimeProvider time)
{
    private const int MostStarts = 3;

    // The gateway says what a person can mend in one line that begins so, and then ends.
    private const string Reason = "webstream-gateway: ";
    private const string InUse = "is in use by another program";
    private const int LongestLog = 64 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts it and waits until it answers.</summary>
    /// <returns>Its process, if it is this program's; else another assistant has started it meanwhile.</returns>
    /// <exception cref="WebstreamException">It did not come up.</exception>
    public async Task<DetachedProcess?> LaunchAsync(int port, ListenHost host, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        StartLock? held = null;
        try
        {
            DetachedProcess? process = null;
            for (var starts = 0; ;)
            {
                // First the lock and then the look: who had it may have just finished.
                held = held is { IsHeld: true } ? held : state.TryLock(port);
                var seen = await finder.LookAsync(port, timeout.Token);
                if (seen is PortState.Gateway)
                {
                    return process is { ExitCode: null } ? process : null;
                }

                if (process is { ExitCode: { } code })
                {
                    ThrowUnlessInUse(port, code);
                    process = null;
                }

                if (seen is PortState.Taken taken && process is null)
                {
                    throw Taken(port, taken);
                }

                if (held is not null && process is null)
                {
                    process = starts++ < MostStarts
                        ? program.Start(port, host, held)
                        : throw Failed($"port {port} is taken by a program that does not answer. Use another port");
                }

                await Task.Delay(Period, time, timeout.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failed($"it did not answer within {Patience.TotalSeconds:0} seconds{SeeLog(port)}");
        }
        finally
        {
            held?.Dispose();
        }
    }

    /// <summary>What a port's other program means for a call.</summary>
    public static WebstreamException Taken(int port, PortState.Taken taken) => taken.Silent
        ? new(
            WebstreamError.Unavailable,
            $"What listens on port {port} does not answer ({taken.Description}): a Webstream gateway that hangs, or another program. "
            + "Nothing was pushed. Try again in a moment; if it stays so, a person must look at that process, or set WEBSTREAM_PORT.")
        : new(
        WebstreamError.Unavailable,
        $"Port {port} is in use by another program, which is not a Webstream gateway ({taken.Description}). "
        + $"Pass another port, for example {(port < 65000 ? port + 1 : 8000)}; or a person must end that program or set WEBSTREAM_PORT.");

    // The port may have been that of a gateway that was just ending, or of one that came first.
    private void ThrowUnlessInUse(int port, int code)
    {
        var reason = ReasonIn(state.LogOf(port));
        if (reason?.Contains(InUse, StringComparison.Ordinal) != true && (reason is not null || state.LogOf(port) is not null))
        {
            // It has said what a person must change: trying again would say the same.
            throw new WebstreamException(WebstreamError.Invalid, $"The gateway could not be started: {reason ?? $"it ended with exit code {code}"}{SeeLog(port)}. Leave host out if a model chose it; else a person must change the settings.");
        }
    }

    private string SeeLog(int port) => state.LogOf(port) is { } log ? $"; its log is {log}" : "";

    private static WebstreamException Failed(string reason) =>
        new(WebstreamError.Unavailable, $"The gateway could not be started: {reason}{(reason.EndsWith('.') ? "" : ".")}");

    private static string? ReasonIn(string? log)
    {
        try
        {
            return log is not null && new FileInfo(log) is { Exists: true, Length: < LongestLog }
                ? File.ReadLines(log).LastOrDefault(line => line.StartsWith(Reason, StringComparison.Ordinal))?[Reason.Length..]
                : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
