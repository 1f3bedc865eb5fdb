using System.Net;

namespace Webstream.Bench.Listening;

/// <summary>What listeners to open, and how.</summary>
internal sealed record ListenerSettings
{
    public required Target Target { get; init; }

    public required string Stream { get; init; }

    public required int Count { get; init; }

    /// <summary>How many threads read; one is enough until it uses a whole core.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>How many connections may be on their way at once; 0 opens all at once.</summary>
    public int Window { get; init; } = 512;

    /// <summary>The loopback address to connect from; each has about 28,000 ports of its own.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>How many lanes the pushes come in: see <see cref="Ledger"/>.</summary>
    public int Lanes { get; init; } = 1;

    public string? Key { get; init; }
}
