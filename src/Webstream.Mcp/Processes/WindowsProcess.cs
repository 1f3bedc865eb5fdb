using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Webstream.Mcp.Processes;

/// <summary>
/// By <c>CreateProcessW</c>. A client may run its servers in a job that ends all of its processes with it, so this one leaves the job where
/// that is allowed. It has no console, and no log: without inherited handles its output goes nowhere. Not tried yet on a real machine.
/// </summary>
internal sealed partial class WindowsProcess : DetachedProcess
{
    private const uint DetachedFromConsole = 0x8;
    private const uint NewProcessGroup = 0x200;
    private const uint UnicodeEnvironment = 0x400;
    private const uint BreakAwayFromJob = 0x0100_0000;
    private const int AccessDenied = 5;
    private const uint StillActive = 259;

    private readonly nint handle;

    private WindowsProcess(ProcessInformation process) => (handle, Id) = (process.Process, (int)process.ProcessId);

    public override int Id { get; }

    public override int? ExitCode => GetExitCodeProcess(handle, out var code) && code == StillActive ? null : (int)code;

    public static new unsafe DetachedProcess Start(ProgramStart start)
    {
        var environment = string.Concat(start.Environment
            .OrderBy(variable => variable.Key, StringComparer.OrdinalIgnoreCase)
            .Select(variable => $"{variable.Key}={variable.Value}\0")) + '\0';
        var flags = DetachedFromConsole | NewProcessGroup | UnicodeEnvironment;
        fixed (char* variables = environment)
        {
            if (TryStart(start, flags | BreakAwayFromJob, variables, out var process)
                // A job that nobody may leave: the gateway then ends with it.
                || (Marshal.GetLastPInvokeError() == AccessDenied && TryStart(start, flags, variables, out process)))
            {
                CloseHandle(process.Thread);
                return new WindowsProcess(process);
            }

            throw new IOException(new Win32Exception(Marshal.GetLastPInvokeError()).Message);
        }
    }

    private static unsafe bool TryStart(ProgramStart start, uint flags, char* variables, out ProcessInformation process)
    {
        // The system may write into the command line.
        var line = $"{string.Join(' ', start.Arguments.Prepend(start.Program).Select(Quoted))}\0".ToCharArray();
        var startup = new StartupInformation { Size = (uint)sizeof(StartupInformation) };
        fixed (char* command = line)
        {
            return CreateProcess(start.Program, command, 0, 0, false, flags, variables, start.Folder, &startup, out process);
        }
    }

    private static string Quoted(string argument)
    {
        var quoted = new StringBuilder("\"");
        var backslashes = 0;
        foreach (var c in argument)
        {
            // Backslashes count only before a quotation mark, and are doubled there.
            quoted.Append('\\', c == '"' ? backslashes + 1 : 0).Append(c);
            backslashes = c == '\\' ? backslashes + 1 : 0;
        }

        return quoted.Append('\\', backslashes).Append('"').ToString();
    }

    [LibraryImport("kernel32", EntryPoint = "CreateProcessW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static unsafe partial bool CreateProcess(
        string program, char* commandLine, nint processAttributes, nint threadAttributes, [MarshalAs(UnmanagedType.Bool)] bool inheritHandles,
        uint flags, char* environment, string folder, StartupInformation* startup, out ProcessInformation process);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GetExitCodeProcess(nint process, out uint code);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool CloseHandle(nint handle);

    [StructLayout(LayoutKind.Sequential)]
    private struct ProcessInformation
    {
        public nint Process;
        public nint Thread;
        public uint ProcessId;
        public uint ThreadId;
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct StartupInformation
    {
        public uint Size;
        public nint Reserved;
        public nint Desktop;
        public nint Title;
        public fixed uint PlaceAndSize[6];
        public uint FillAttribute;
        public uint Flags;
        public ushort ShowWindow;
        public ushort ReservedSize;
        public nint ReservedData;
        public nint Input;
        public nint Output;
        public nint Error;
    }
}
