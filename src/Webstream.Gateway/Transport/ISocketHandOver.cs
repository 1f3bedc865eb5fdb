using System.Net.Sockets;

namespace Webstream.Gateway.Transport;

/// <summary>A feature of connections whose socket can be taken over from the web server.</summary>
internal interface ISocketHandOver
{
    /// <summary>
    /// Gives the socket to another owner, once the web server has sent what it has and is done with the connection. The response must say
    /// <c>Connection: close</c>, or the web server would wait for another request.
    /// </summary>
    /// <param name="owner">The new owner.</param>
    /// <param name="within">How long the written bytes may take to leave; a connection that takes longer is closed before the hand-over.</param>
    /// <param name="hurry">Closes the connection at once if the written bytes have not left yet.</param>
    void HandOverTo(ISocketOwner owner, TimeSpan within, CancellationToken hurry);
}

/// <summary>Who owns a socket after the web server.</summary>
internal interface ISocketOwner
{
    /// <summary>Takes the socket; the owner closes it. Always called once, also with a socket that was closed meanwhile.</summary>
    /// <param name="taken">The socket.</param>
    /// <param name="place">The socket's place among the connections: the owner gives it back when the socket is closed.</param>
    void Take(Socket taken, IDisposable place);

    /// <summary>The other side has closed the connection, or it broke. Called after <see cref="Take"/>, at most once.</summary>
    void RemoteClosed();
}
