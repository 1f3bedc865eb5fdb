namespace Webstream.Protocol;

/// <summary>With what <c>webstream-gateway</c> and <c>webstream-silo</c> end. Whoever starts one decides by these; the text beside them is for people.</summary>
public enum ExitCode
{
    /// <summary>It was asked to end, or nobody used it, and it ended in order.</summary>
    Ended = 0,

    /// <summary>It could not start, most often because of a setting: another start with the same settings ends in the same way.</summary>
    Refused = 1,

    /// <summary>The command line is wrong.</summary>
    WrongCommandLine = 2,

    /// <summary>Another program listens at one of its addresses.</summary>
    AddressInUse = 3,

    /// <summary>Another gateway holds the lock that it was given: that one runs, or starts.</summary>
    LockHeld = 4,

    /// <summary>A part of it could not go on, after it was up; in <c>sysexits.h</c> a program's own fault. What runs it starts it again.</summary>
    Failed = 70,
}
