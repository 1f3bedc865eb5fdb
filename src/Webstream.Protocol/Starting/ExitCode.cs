namespace Webstream.Protocol;

/// <summary>The exit codes of <c>webstream-gateway</c> and <c>webstream-silo</c>. Programs act on the code; the text beside it is for people.</summary>
public enum ExitCode
{
    /// <summary>The process was asked to end, or nobody used it, and it shut down in order.</summary>
    Ended = 0,

    /// <summary>The process could not start, most often because of a setting. Another start with the same settings fails in the same way.</summary>
    Refused = 1,

    /// <summary>The command line is wrong.</summary>
    WrongCommandLine = 2,

    /// <summary>
    /// Another program has what this one needs: one of its addresses, or its history (<see cref="DetachedStart.HistoryInUse"/>). It may be about to
    /// end.
    /// </summary>
    InUse = 3,

    /// <summary>Another gateway holds the lock that this one was given: the other gateway runs or is starting.</summary>
    LockHeld = 4,

    /// <summary>A part of the process failed after the start; in <c>sysexits.h</c> a program's own fault. The supervisor starts it again.</summary>
    Failed = 70,
}
