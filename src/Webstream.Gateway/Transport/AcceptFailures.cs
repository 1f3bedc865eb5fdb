using System.Net.Sockets;
using Webstream.Gateway.Ending;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Knows from the failures of an accept loop whether it can go on. Too many files or too little memory of the kernel pass; one connection's
/// trouble is its own; what goes on for long and is neither does not pass. Not for several threads at once.
/// </summary>
internal sealed class AcceptFailures(TimeProvider time)
{
    private readonly LastingFailure failures = new(time);

    /// <summary>A connection was accepted and is served.</summary>
    public void Succeeded() => failures.Succeeded();

    /// <summary>Accepting failed.</summary>
    /// <returns>False when the loop cannot go on.</returns>
    public bool MayGoOnAfter(Exception failure)
    {
        if (IsTheClients(failure) || IsPassing(failure))
        {
            failures.Succeeded();
            return true;
        }

        return !IsFinal(failure) && !failures.IsLasting();
    }

    /// <summary>The client went away before it was accepted.</summary>
    public static bool IsTheClients(Exception failure) =>
        failure is SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.NotConnected };

    // The socket does not listen any more.
    private static bool IsFinal(Exception failure) => failure is ObjectDisposedException or SocketException
    {
        SocketErrorCode: SocketError.OperationAborted or SocketError.InvalidArgument or SocketError.NotSocket or SocketError.OperationNotSupported,
    };

    // For accept, the errors of the network are those of the new connection: accept(2).
    private static bool IsPassing(Exception failure) => failure is SocketException
    {
        SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.NetworkDown
            or SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.HostDown or SocketError.TimedOut or SocketError.AccessDenied,
    };
}
