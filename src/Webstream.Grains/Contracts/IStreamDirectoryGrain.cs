namespace Webstream.Grains;

/// <summary>
/// The list of streams. The owners report their streams, so listing them activates no owner. There is one directory, with the key 0.
/// It holds a copy: after the loss of its silo the owners report again within one <see cref="Heartbeat"/>.
/// </summary>
[Alias("webstream.ICatalogueGrain")]
public interface IStreamDirectoryGrain : IGrainWithIntegerKey
{
    /// <summary>How often an owner reports a state that has not changed.</summary>
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(30);

    /// <summary>The owner reports the stream's state. A stream without history and listeners leaves the list.</summary>
    [Alias("Tell")]
    Task Tell(string stream, StreamStatus status);

    /// <summary>Whether an owner has reported that its stream has history or listeners.</summary>
    [Alias("Knows")]
    Task<bool> Knows(string stream);

    /// <summary>The streams that have history or listeners, ordered by name (ordinal), also those whose owner is not active.</summary>
    /// <param name="prefix">The beginning of the names; empty for all.</param>
    /// <param name="after">Only names after this one; none: from the beginning.</param>
    /// <param name="limit">The most streams to list.</param>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
    [Alias("ListPage")]
    Task<DirectoryPage> ListPage(string prefix, string? after, int limit);

    /// <summary>Every stream, ordered by name: for gateways of older versions. One answer holds up to ten thousand streams.</summary>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
    [Alias("List")]
    Task<DirectoryEntry[]> List();

    /// <summary>Answers when grains and the history answer.</summary>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
    [Alias("Check")]
    Task Check();

    /// <summary>Answers as <see cref="Check"/> does. Says also whether the history would take a push now, and what else is wrong with it.</summary>
    /// <exception cref="History.HistoryAwayException">The history does not answer.</exception>
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
