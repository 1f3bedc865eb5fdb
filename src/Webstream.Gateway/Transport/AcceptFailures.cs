using System.Net.Sockets;
using Webstream.Gateway.Ending;

namespace Webstream.Gateway.Transport;

/// <summary>
/// Decides from the failures of an accept loop whether it can go on. Too many open files or too little kernel memory will pass. A failure of
/// one connection does not count. Any other failure that lasts for long will not pass. Not for several threads at once.
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

    // accept(2) also returns the network errors of the new connection.
    private static bool IsPassing(Exception failure) => failure is SocketException
    {
        SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable or SocketError.NetworkDown
            or SocketError.NetworkUnreachable or SocketError.HostUnreachable or SocketError.HostDown or SocketError.TimedOut or SocketError.AccessDenied,
    };
}
