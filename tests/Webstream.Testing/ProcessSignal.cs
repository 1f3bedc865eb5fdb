namespace Webstream.Testing;

/// <summary>A signal to a process, with its number on Linux.</summary>
public enum ProcessSignal
{
    /// <summary>What Ctrl+C sends.</summary>
    Interrupt = 2,

    /// <summary>The process ends at once.</summary>
    Kill = 9,

    /// <summary>Asks the process to end, as a service manager does.</summary>
    Terminate = 15,

    /// <summary>A process that was stopped goes on.</summary>
    Continue = 18,

    /// <summary>The process stands still; its connections stay open.</summary>
    Stop = 19,
}
