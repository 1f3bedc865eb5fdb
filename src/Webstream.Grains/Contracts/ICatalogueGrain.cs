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

    /// <summary>Whether a stream has told that it has history or listeners.</summary>
    [Alias("Knows")]
    Task<bool> Knows(string stream);

    /// <summary>The streams that have history or listeners, ordered by name (ordinal), also those whose owner sleeps.</summary>
    /// <param name="prefix">What their names begin with; empty for all.</param>
    /// <param name="after">Only names after this one; none from the beginning.</param>
    /// <param name="limit">The most to list.</param>
    /// <exception cref="Log.LogAwayException">The log does not answer.</exception>
    [Alias("ListPage")]
    Task<CataloguePage> ListPage(string prefix, string? after, int limit);

    /// <summary>Every stream, ordered by name: for gateways of before. As many as there are in one answer, up to ten thousand.</summary>
    /// <exception cref="Log.LogAwayException">The log does not answer.</exception>
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

/// <summary>A page of the catalogue.</summary>
/// <param name="Entries">The streams.</param>
/// <param name="More">There are more after them.</param>
[GenerateSerializer, Alias("webstream.CataloguePage"), Immutable]
public sealed record CataloguePage([property: Id(0)] CatalogueEntry[] Entries, [property: Id(1)] bool More);

/// <summary>A stream in the catalogue.</summary>
[GenerateSerializer, Alias("webstream.CatalogueEntry"), Immutable]
public sealed record CatalogueEntry([property: Id(0)] string Stream, [property: Id(1)] StreamStatus Status);
