namespace Webstream.Grains.History.Disk;

/// <summary>Why a file of history cannot be used.</summary>
public enum HistoryFileReason
{
    /// <summary>It cannot be opened, made or written.</summary>
    CannotOpen,

    /// <summary>A newer version of this program wrote it. It was not touched.</summary>
    NewerFormat,
}

/// <summary>A file of history cannot be used. The message is one sentence for people, and names the file.</summary>
public sealed class HistoryFileException : Exception
{
    /// <param name="reason">Why.</param>
    /// <param name="path">The file.</param>
    /// <param name="message">One sentence for people.</param>
    /// <param name="cause">What the file system or SQLite said.</param>
    public HistoryFileException(HistoryFileReason reason, string path, string message, Exception? cause = null)
        : base(message, cause) => (Reason, Path) = (reason, path);

    /// <summary>Why.</summary>
    public HistoryFileReason Reason { get; }

    /// <summary>The file.</summary>
    public string Path { get; }
}
