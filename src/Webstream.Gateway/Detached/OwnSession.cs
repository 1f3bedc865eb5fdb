using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Detached;

/// <summary>
/// The parts of a start in the background for which .NET has no call. The process gets a session of its own, so that no signal to the
/// starter's process group or terminal reaches it, and its standard streams go to other files. On Windows there is neither, and both do nothing.
/// </summary>
internal static class OwnSession
{
    /// <summary>The descriptor of standard output.</summary>
    public const int Output = 1;

    /// <summary>The descriptor of standard error.</summary>
    public const int Error = 2;

    private const int Input = 0;

    /// <summary>Begins a session of which this process is the leader.</summary>
    /// <exception cref="StartRefusedException">This process leads a process group of another session, and so cannot begin one.</exception>
    public static void Begin()
    {
        if (!OperatingSystem.IsWindows() && SetSid() < 0 && GetSid(0) != Environment.ProcessId)
        {
            throw new StartRefusedException(
                $"{DetachedStart.Option} is for programs that start a gateway. A shell makes a process group of what it starts: write setsid before it, or leave {DetachedStart.Option} out.",
                ExitCode.WrongCommandLine);
        }
    }

    /// <summary>The descriptors of the starter's streams: the three standard ones, and the copies that the runtime keeps of them.</summary>
    public static int[] StartersStreams()
    {
        int[] three = [Input, Output, Error];
        if (!OperatingSystem.IsLinux())
        {
            // Elsewhere the copies cannot be told apart from other descriptors. They stay open, and nobody uses them.
            return three;
        }

        var targets = three.Select(Target).OfType<string>().ToHashSet();
        return [.. new DirectoryInfo("/proc/self/fd").EnumerateFiles()
            .Select(file => int.TryParse(file.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) ? descriptor : -1)
            .Where(descriptor => Target(descriptor) is { } target && targets.Contains(target))];
    }

    /// <summary>Makes these descriptors refer to a file.</summary>
    public static void Redirect(SafeFileHandle file, params ReadOnlySpan<int> descriptors)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        foreach (var descriptor in descriptors)
        {
            if (Duplicate((int)file.DangerousGetHandle(), descriptor) < 0)
            {
                throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            }
        }
    }

    private static string? Target(int descriptor) =>
        new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}")).LinkTarget;

    [DllImport("libc", EntryPoint = "setsid")]
    private static extern int SetSid();

    [DllImport("libc", EntryPoint = "getsid")]
    private static extern int GetSid(int process);

    [DllImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static extern int Duplicate(int descriptor, int place);
}
