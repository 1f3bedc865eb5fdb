namespace Webstream.Grains;

/// <summary>
/// The list of streams, told by the streams themselves, so that listing them wakes none. There is one, with the key 0.
/// What it knows is a copy: after the loss of its silo the streams tell it again within one <see cref="Heartbeat"/>.
/// </summary>
[Alias("webstream.ICatalogueGrain")]
public interface IStreamDirectoryGrain : IGrainWithIntegerKey
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
    /// <exception cref="History.HistoryAwayException">The log does not answer.</exception>
    [Alias("ListPage")]
    Task<DirectoryPage> ListPage(string prefix, string? after, int limit);

    /// <summary>Every stream, ordered by name: for gateways of before. As many as there are in one answer, up to ten thousand.</summary>
    /// <exception cref="History.HistoryAwayException">The log does not answer.</exception>
    [Alias("List")]
    Task<DirectoryEntry[]> List();

    /// <summary>Answers when grains answer and the log does.</summary>
    /// <exception cref="History.HistoryAwayException">The log does not answer.</exception>
    [Alias("Check")]
    Task Check();

    /// <summary>Answers as <see cref="Check"/> does, with whether a push would go in now, and what else is wrong with the log.</summary>
    /// <exception cref="History.HistoryAwayException">The log does not answer.</exception>
    [Alias("AskLog")]
    Task<History.HistoryHealth> AskLog();
}

/// <summary>A page of the directory.</summary>
/// <param name="Entries">The streams.</param>
/// <param name="More">There are more after them.</param>
[GenerateSerializer, Alias("webstream.CataloguePage"), Immutable]
public sealed record DirectoryPage([property: Id(0)] DirectoryEntry[] Entries, [property: Id(1)] bool More);

/// <summary>A stream in the directory.</summary>
[GenerateSerializer, Alias("webstream.CatalogueEntry"), Immutable]
public sealed record DirectoryEntry([property: Id(0)] string Stream, [property: Id(1)] StreamStatus Status);
