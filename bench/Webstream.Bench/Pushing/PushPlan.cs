namespace Webstream.Bench.Pushing;

/// <summary>What to push, and when.</summary>
internal sealed record PushPlan
{
    /// <summary>The gateways that take the pushes. The connections are spread over them.</summary>
    public required IReadOnlyList<Target> Targets { get; init; }

    public required OrleansStreamIds Streams { get; init; }

    public required ServerKind Server { get; init; }

    /// <summary>The gateways, for a person.</summary>
    public string Where => string.Join(", ", Targets.Select(t => t.Host));

    /// <summary>Keep-alive connections; each waits for its answer before it pushes again.</summary>
    public required int Connections { get; init; }

    /// <summary>Messages a second over all connections, on a fixed schedule; 0 pushes as fast as answers come.</summary>
    public double Rate { get; init; }

    /// <summary>How many messages in all; 0 when <see cref="Duration"/> says when to end.</summary>
    public int Messages { get; init; }

    public TimeSpan Duration { get; init; }

    /// <summary>How long to wait for the pushed messages after the last answer. A message that comes later counts as lost.</summary>
    public TimeSpan Wait { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Messages a request: 1 pushes JSON, more pushes NDJSON.</summary>
    public int Batch { get; init; } = 1;

    /// <summary>Length of each message's text in bytes.</summary>
    public required int Size { get; init; }

    public string? Key { get; init; }

    /// <summary>The expected <c>clients</c> of each answer, for each stream; null does not check it.</summary>
    public IReadOnlyList<int>? ExpectedClients { get; init; }

    public Numbering Numbering => new(Streams.Count, Connections, Batch);

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
