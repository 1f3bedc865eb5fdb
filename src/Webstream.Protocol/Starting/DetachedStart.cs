namespace Webstream.Protocol;

/// <summary>How a program starts a gateway that outlives it, and what the gateway says to it meanwhile.</summary>
public static class DetachedStart
{
    /// <summary>The option that has the gateway leave its starter's session and streams.</summary>
    public const string Option = "--detached";

    /// <summary>The option that names its log.</summary>
    public const string LogOption = "--log";

    /// <summary>The option that names its <see cref="StartLock"/>.</summary>
    public const string LockOption = "--lock";

    /// <summary>
    /// The line that it writes to its standard output once it answers. Before, it writes nothing there; afterwards it has let go of both
    /// streams. A gateway that does not start writes why to its standard error instead, and ends with an <see cref="ExitCode"/>.
    /// </summary>
    public const string Ready = "ready";
}
