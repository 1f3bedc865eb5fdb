using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Webstream.Mcp.Processes;

/// <summary>By <c>posix_spawn</c>, on Linux and macOS.</summary>
internal sealed partial class UnixProcess : DetachedProcess
{
    // The structures are opaque and differ; the largest known one has 336 bytes.
    private const int RoomForAStructure = 1024;

    private const int WriteOnly = 1;
    private const int OwnerReadsAndWrites = 0x180;
    private const int DoNotWait = 1;

    private static readonly short NewSession = (short)(OperatingSystem.IsMacOS() ? 0x400 : 0x80);
    private static readonly int CreateEmptyAppend = OperatingSystem.IsMacOS() ? 0x200 | 0x400 | 0x8 : 0x40 | 0x200 | 0x400;

    private readonly Lock gate = new();
    private int? exitCode;

    private UnixProcess(int id) => Id = id;

    public override int Id { get; }

    public override int? ExitCode
    {
        get
        {
            lock (gate)
            {
                if (exitCode is null && WaitPid(Id, out var status, DoNotWait) is var ended && ended != 0)
                {
                    // Less than zero: somebody else has taken its code, and with it the news that it has ended.
                    exitCode = ended < 0 ? -1 : (status & 0x7f) == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f);
                }

                return exitCode;
            }
        }
    }

    public static new unsafe DetachedProcess Start(ProgramStart start)
    {
        var actions = NativeMemory.AllocZeroed(RoomForAStructure);
        var attributes = NativeMemory.AllocZeroed(RoomForAStructure);
        using var arguments = new NativeStrings([start.Program, .. start.Arguments]);
        using var environment = new NativeStrings(start.Environment.Select(variable => $"{variable.Key}={variable.Value}"));
        Check(InitialiseActions(actions));
        Check(InitialiseAttributes(attributes));
        try
        {
            Check(SetFlags(attributes, NewSession));
            Check(AddOpen(actions, 0, "/dev/null", 0, 0));
            Check(AddOpen(actions, 1, start.Log ?? "/dev/null", WriteOnly | (start.Log is null ? 0 : CreateEmptyAppend), OwnerReadsAndWrites));
            Check(AddDuplicate(actions, 1, 2));
            Check(AddFolder(actions, start.Folder));
            if (start.PassOn is { } file)
            {
                // As another number: under its own it would be closed.
                var descriptor = (int)file.DangerousGetHandle();
                Check(AddDuplicate(actions, descriptor, descriptor == 3 ? 4 : 3));
            }

            Check(Spawn(out var id, start.Program, actions, attributes, arguments.Pointer, environment.Pointer));
            Forget(start.PassOn);
            return new UnixProcess(id);
        }
        finally
        {
            _ = DestroyActions(actions);
            _ = DestroyAttributes(attributes);
            NativeMemory.Free(actions);
            NativeMemory.Free(attributes);
        }
    }

    // The runtime would unlock a file before it closes it, and with that also for the process that it was passed on to.
    private static void Forget(SafeFileHandle? file)
    {
        if (file is not null)
        {
            _ = Close((int)file.DangerousGetHandle());
            file.SetHandleAsInvalid();
        }
    }

    private static void Check(int error)
    {
        if (error != 0)
        {
            throw new IOException(Marshal.GetPInvokeErrorMessage(error));
        }
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int Spawn(out int id, string path, void* actions, void* attributes, void* arguments, void* environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static unsafe partial int InitialiseActions(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddOpen(void* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static unsafe partial int AddDuplicate(void* actions, int descriptor, int asDescriptor);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addchdir_np", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int AddFolder(void* actions, string path);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static unsafe partial int DestroyActions(void* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static unsafe partial int InitialiseAttributes(void* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static unsafe partial int SetFlags(void* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static unsafe partial int DestroyAttributes(void* attributes);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int id, out int status, int options);

    /// <summary>Strings as C has lists of them: pointers, the last one null.</summary>
    private sealed unsafe class NativeStrings : IDisposable
    {
        private readonly nint[] strings;

        public NativeStrings(IEnumerable<string> texts)
        {
            strings = [.. texts.Select(Marshal.StringToCoTaskMemUTF8), 0];
            Pointer = NativeMemory.Alloc((nuint)strings.Length, (nuint)nint.Size);
            strings.CopyTo(new Span<nint>(Pointer, strings.Length));
        }

        public void* Pointer { get; }

        public void Dispose()
        {
            NativeMemory.Free(Pointer);
            foreach (var text in strings)
            {
                Marshal.FreeCoTaskMem(text);
            }
        }
    }
}
