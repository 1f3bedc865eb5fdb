namespace Webstream.Grains;

/// <summary>
/// The list of streams, told by the streams themselves, so that listing them wakes none. There is one, with the key 0.
/// What it knows is a copy: after the loss of its silo the streams tell it again within one <see cref="Heartbeat"/>.
/// </summary>
[Alias("webstream.ICatalogueGrain")]
public interface ICatalogueGrain : IGrainWithIntegerKey
{
    /// <summary>How often a stream tells again what has not changed.</summary>
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    /// <summary>A stream tells its state; one without history and listeners leaves the list.</summary>
    [Alias("Tell")]
    Task Tell(string stream, StreamStatus status);

    /// <summary>Every stream that is known, ordered by name.</summary>
    [Alias("List")]
    Task<CatalogueEntry[]> List();

    /// <summary>Answers when grains answer and the log does.</summary>
    /// <exception cref="Log.LogAwayException">The log does not answer.</exception>
    [Alias("Check")]
    Task Check();

    /// <summary>Answers as <see cref="Check"/> does, with whether a push would go in now, and what else is wrong with the log.</summary>
    /// <exception cref="Log.LogAwayException">The log does not answer.</exception>
    [Alias("AskLog")]
    Task<Log.LogHealth> AskLog();
}

/// <summary>A stream in the catalogue.</summary>
[GenerateSerializer, Alias("webstream.CatalogueEntry"), Immutable]
public sealed record CatalogueEntry([property: Id(0)] string Stream, [property: Id(1)] StreamStatus Status);
