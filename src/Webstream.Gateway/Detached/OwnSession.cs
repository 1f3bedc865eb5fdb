using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Starting;

namespace Webstream.Gateway.Detached;

/// <summary>
/// The parts of the start in the background that .NET has no call for: a session of its own, which no signal to the starter's process group or
/// terminal reaches, and its standard streams on other files. On Windows there is neither, and both do nothing.
/// </summary>
internal static class OwnSession
{
    /// <summary>The descriptor of standard output.</summary>
    public const int Output = 1;

    /// <summary>The descriptor of standard error.</summary>
    public const int Error = 2;

    private const int Input = 0;

    /// <summary>Begins a session of which this process is the first.</summary>
    /// <exception cref="StartRefusedException">This process leads a process group of another session, and so cannot.</exception>
    public static void Begin()
    {
        if (!OperatingSystem.IsWindows() && SetSid() < 0 && GetSid(0) != Environment.ProcessId)
        {
            throw new StartRefusedException(
                $"{DetachedStart.Option} is for programs that start a gateway. A shell makes a process group of what it starts: write setsid before it, or leave {DetachedStart.Option} out.",
                ExitCode.WrongCommandLine);
        }
    }

    /// <summary>The descriptors by which the starter's streams are open: the three, and the copies that the runtime keeps of them.</summary>
    public static int[] StartersStreams()
    {
        int[] three = [Input, Output, Error];
        if (!OperatingSystem.IsLinux())
        {
            // Not to be told apart there. The copies stay, and nobody uses them.
            return three;
        }

        var targets = three.Select(Target).OfType<string>().ToHashSet();
        return [.. new DirectoryInfo("/proc/self/fd").EnumerateFiles()
            .Select(file => int.TryParse(file.Name, NumberStyles.None, CultureInfo.InvariantCulture, out var descriptor) ? descriptor : -1)
            .Where(descriptor => Target(descriptor) is { } target && targets.Contains(target))];
    }

    /// <summary>Puts a file in the place of what is open by these descriptors.</summary>
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
