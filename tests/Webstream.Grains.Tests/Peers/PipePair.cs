using System.IO.Pipelines;

namespace Webstream.Grains.Tests.Peers;

/// <summary>Both ends of a connection in memory.</summary>
internal sealed class PipePair
{
    private readonly Pipe toSilo = new();
    private readonly Pipe toPeer = new();

    public PipePair()
    {
        Silo = new End(toSilo.Reader, toPeer.Writer);
        Peer = new End(toPeer.Reader, toSilo.Writer);
    }

    /// <summary>The end of the side that accepted the connection.</summary>
    public IDuplexPipe Silo { get; }

    /// <summary>The end of the side that made the connection.</summary>
    public IDuplexPipe Peer { get; }

    private sealed record End(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
