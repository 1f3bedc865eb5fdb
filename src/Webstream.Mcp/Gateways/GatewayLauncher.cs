using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// Starts the gateway on a port, once, however many assistants want it at the same time. The gateway that gets the lock runs. Any other ends
/// at once, and its starter waits until the first answers. Without a lock (where there is no folder for it) the port decides in the same way.
/// </summary>
internal sealed class GatewayLauncher(GatewayFinder finder, GatewayProgram program, GatewayFiles files, TimeProvider time)
{
    private const int MaxStarts = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(40);
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts the gateway and waits until it answers.</summary>
    /// <returns>The gateway, if this program has started it; null when another assistant has started one meanwhile.</returns>
    /// <exception cref="WebstreamException">The gateway did not start.</exception>
    public async Task<StartedGateway?> LaunchAsync(int port, ListenHost host, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        try
        {
            for (var starts = 0; ;)
            {
                switch (await finder.LookAsync(port, timeout.Token))
                {
                    case PortState.Gateway:
                        return null;
                    case PortState.Taken taken:
                        throw Taken(port, taken);
                    // If the lock is held, another gateway is starting or has not quite ended.
                    case PortState.Free when !files.IsHeld(port):
                        var gateway = program.Start(port, host);
                        if (await gateway.ReadyAsync(timeout.Token) is not { } failure)
                        {
                            return gateway;
                        }

                        // By the next try the other gateway may have ended, or may answer.
                        if ((ExitCode)failure.Code is not (ExitCode.LockHeld or ExitCode.InUse) || ++starts == MaxStarts)
                        {
                            throw Failed(port, failure);
                        }

                        break;
                }

                await Task.Delay(Period, time, timeout.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new WebstreamException(
                WebstreamError.Unavailable, $"The gateway could not be started: it did not answer within {Patience.TotalSeconds:0} seconds.{SeeLog(port)}");
        }
    }

    /// <summary>The exception for a call when another program has the port.</summary>
    public static WebstreamException Taken(int port, PortState.Taken taken) => taken.Silent
        ? new(
            WebstreamError.Unavailable,
            $"What listens on port {port} does not answer ({taken.Description}): a Webstream gateway that hangs, or another program. "
            + "Nothing was pushed. Try again in a moment; if it stays so, a person must look at that process, or set WEBSTREAM_PORT.")
        : new(
        WebstreamError.Unavailable,
        $"Port {port} is in use by another program, which is not a Webstream gateway ({taken.Description}). "
        + $"Pass another port, for example {(port < 65000 ? port + 1 : 8000)}; or a person must end that program or set WEBSTREAM_PORT.");

    private WebstreamException Failed(int port, FailedStart failure) => (ExitCode)failure.Code switch
    {
        ExitCode.InUse when failure.Reason.Contains(DetachedStart.HistoryInUse, StringComparison.Ordinal) =>
            new(WebstreamError.Unavailable, $"The gateway could not be started: {failure.Reason}{SeeLog(port)} Nothing was pushed. Try again in a moment."),
        // The other program was not found at 127.0.0.1.
        ExitCode.InUse => Taken(port, GatewayFinder.Taken(port, "it listens at another address of this machine")),
        ExitCode.Refused => Failed($"{failure.Reason}{SeeLog(port)} Leave host out if a model chose it; else a person must change the settings."),
        _ => Failed($"{(failure.Reason.Length > 0 ? failure.Reason : "it said nothing.")} (exit code {failure.Code}){SeeLog(port)}"),
    };

    private static WebstreamException Failed(string reason) => new(WebstreamError.Invalid, $"The gateway could not be started: {reason}");

    private string SeeLog(int port) => files.LogOf(port) is { } log ? $" Its log is {log}." : "";
}
