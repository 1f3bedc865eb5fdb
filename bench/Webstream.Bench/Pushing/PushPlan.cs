namespace Webstream.Bench.Pushing;

/// <summary>What to push, and when.</summary>
internal sealed record PushPlan
{
    public required Target Target { get; init; }

    public required string Stream { get; init; }

    /// <summary>Keep-alive connections; each waits for its answer before it pushes again.</summary>
    public required int Connections { get; init; }

    /// <summary>Messages a second over all connections, on a fixed schedule; 0 pushes as fast as answers come.</summary>
    public double Rate { get; init; }

    /// <summary>How many messages in all; 0 when <see cref="Duration"/> says when to end.</summary>
    public int Messages { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>Messages a request: 1 pushes JSON, more pushes NDJSON.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Length of each message's text in bytes.</summary>
    public required int Size { get; init; }

    public string? Key { get; init; }

    /// <summary>What each answer's <c>clients</c> must say; -1 does not look at it.</summary>
    public int ExpectedClients { get; init; } = -1;

    /// <summary>How many requests to make; <see cref="int.MaxValue"/> when only the time ends it.</summary>
    public int Requests
    {
        get
        {
            if (Messages > 0)
            {
                return (Messages + Batch - 1) / Batch;
            }

            return Rate > 0 ? Math.Max(1, (int)(Rate * Duration.TotalSeconds / Batch)) : int.MaxValue;
        }
    }
}
