using Microsoft.Win32.SafeHandles;

namespace Webstream.Mcp.Processes;

/// <summary>What to start.</summary>
/// <param name="Program">The path of the program.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Its whole environment.</param>
/// <param name="Folder">Its working directory.</param>
/// <param name="Log">Where its output goes; none: nowhere.</param>
/// <param name="PassOn">An open file that it gets in place of this process, where the system can do that (not on Windows).</param>
internal sealed record ProgramStart(
    string Program, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Folder, string? Log, SafeFileHandle? PassOn);

/// <summary>
/// A process that outlives this one: in a session of its own (outside the job of this one on Windows), so that no signal or end of the
/// assistant reaches it, and with none of this one's streams, which are the protocol's. The runtime's own way to start processes can do
/// neither.
/// </summary>
internal abstract class DetachedProcess
{
    /// <summary>Its process id.</summary>
    public abstract int Id { get; }

    /// <summary>Its exit code; none while it runs.</summary>
    public abstract int? ExitCode { get; }

    /// <summary>Starts it.</summary>
    /// <exception cref="IOException">The system could not start the program.</exception>
    public static DetachedProcess Start(ProgramStart start) =>
        OperatingSystem.IsWindows() ? WindowsProcess.Start(start) : UnixProcess.Start(start);
}
