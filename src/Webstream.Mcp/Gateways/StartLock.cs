using Microsoft.Win32.SafeHandles;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// The right to start the gateway on a port: a locked file, which the system unlocks when the last process that has it open ends. On Unix
/// the gateway gets it passed on, so that it is locked for as long as there is one, also when the assistant that started it ends before it
/// is up.
/// </summary>
/// <param name="file">The file; none where there is no folder for it.</param>
internal sealed class StartLock(SafeFileHandle? file) : IDisposable
{
    /// <summary>The open file, to be passed on.</summary>
    public SafeFileHandle? File => file;

    /// <summary>Whether it is still this process's.</summary>
    public bool IsHeld => file is null or { IsClosed: false };

    public void Dispose() => file?.Dispose();
}
