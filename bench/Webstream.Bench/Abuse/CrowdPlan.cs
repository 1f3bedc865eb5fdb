namespace Webstream.Bench.Abuse;

/// <summary>Many connections that each send a little and then stay open.</summary>
internal sealed record CrowdPlan
{
    /// <summary>Connections at once.</summary>
    public required int Most { get; init; }

    /// <summary>How many are opened a second.</summary>
    public required double PerSecond { get; init; }

    /// <summary>Connections in all; more than <see cref="Most"/> where new connections replace those that end.</summary>
    public int Total { get; init; }

    /// <summary>What the connection of this number sends.</summary>
    public required Func<int, byte[]> Request { get; init; }

    /// <summary>What the connection of this number sends after its request, for as long as the server reads; many may share it.</summary>
    public Func<int, ReadOnlyMemory<byte>>? Rest { get; init; }

    /// <summary>What each sends every second, once the request is out.</summary>
    public ReadOnlyMemory<byte> Trickle { get; init; }

    /// <summary>Whether the received bytes are read; otherwise the kernel holds as few of them as it can.</summary>
    public bool Reads { get; init; }

    /// <summary>The text after which a connection ends, or null.</summary>
    public string? EndsAt { get; init; }

    /// <summary>Whether all connections end by a reset.</summary>
    public bool Resets { get; init; }
}
