namespace Webstream.Bench.Abuse;

/// <summary>Connections that send requests without a pause, each several requests at once.</summary>
internal sealed record AskPlan
{
    public required int Connections { get; init; }

    /// <summary>Requests that a connection sends before it waits for the answers.</summary>
    public required int Depth { get; init; }

    /// <summary>Requests in all.</summary>
    public required long Most { get; init; }

    /// <summary>The request of this number.</summary>
    public required Func<long, byte[]> Request { get; init; }
}
