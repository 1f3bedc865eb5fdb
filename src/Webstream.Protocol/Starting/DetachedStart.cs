namespace Webstream.Protocol;

/// <summary>How a program starts a gateway that outlives it, and what the gateway tells that program during the start.</summary>
public static class DetachedStart
{
    /// <summary>The option that makes the gateway leave its starter's session and standard streams.</summary>
    public const string Option = "--detached";

    /// <summary>The option that names the gateway's log file.</summary>
    public const string LogOption = "--log";

    /// <summary>The option that names the gateway's <see cref="StartLock"/>.</summary>
    public const string LockOption = "--lock";

    /// <summary>
    /// The line that the gateway writes to its standard output once it answers. Before that line it writes nothing there; after it the gateway
    /// has closed both streams. A gateway that does not start writes the reason to its standard error, and ends with an <see cref="ExitCode"/>.
    /// </summary>
    public const string Ready = "ready";

    /// <summary>In the reason of a gateway that ends with <see cref="ExitCode.InUse"/> because another process has its history.</summary>
    public const string HistoryInUse = "history in use";
}
