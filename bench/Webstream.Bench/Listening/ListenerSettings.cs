using System.Net;

namespace Webstream.Bench.Listening;

/// <summary>What listeners to open, and how.</summary>
internal sealed record ListenerSettings
{
    /// <summary>The gateways to listen at, the listeners of each stream spread over them.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    public required OrleansStreamIds Streams { get; init; }

    public required ServerKind Server { get; init; }

    public required int Count { get; init; }

    /// <summary>How many threads read; one is enough until it uses a whole core.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How many connections may be on their way at once; 0 opens all at once.</summary>
    public int Window { get; init; } = 512;

    /// <summary>The loopback address to connect from. Each address has about 28,000 ports of its own.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>The numbers of the pushed messages.</summary>
    public required Numbering Numbering { get; init; }

    /// <summary>The number of listeners that never read after their greeting.</summary>
    public int Stalled { get; init; }

    /// <summary>The number of listeners that read a little now and then.</summary>
    public int Slow { get; init; }

    public string? Key { get; init; }

    /// <summary>The gateways, for a person.</summary>
    public string Where => string.Join(", ", Targets.Select(t => t.Host));

    /// <summary>Listener <c>i</c> has stream <c>i mod streams</c>.</summary>
    public int StreamOf(int listener) => listener % Streams.Count;

    /// <summary>Each stream's listeners take the gateways in turn.</summary>
    public int TargetOf(int listener) => listener / Streams.Count % Targets.Count;

    /// <summary>The hindered listeners are spread evenly over all listeners, the stalled before the slow.</summary>
    public Pace PaceOf(int listener)
    {
        var hindered = (long)(Stalled + Slow);
        var rank = listener * hindered / Count;
        if ((listener + 1) * hindered / Count == rank)
        {
            return Pace.Full;
        }

        return rank < Stalled ? Pace.Stalled : Pace.Slow;
    }
}
