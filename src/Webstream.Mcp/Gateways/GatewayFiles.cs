using System.Globalization;
using Webstream.Protocol;
using Webstream.ServiceDefaults.State;

namespace Webstream.Mcp.Gateways;

/// <summary>
/// The files of started gateways in the user's state folder: a lock and a log for each port. Where no folder is available, gateways start
/// without these files. Of two gateways that start at once, one then finds its port taken and ends.
/// </summary>
internal sealed class GatewayFiles
{
    private const string LockEnd = ".lock";
    private const string Start = "gateway-";

    private readonly bool isOwn;

    /// <param name="chosen">The folder; null: the system's usual place for such files.</param>
    public GatewayFiles(string? chosen)
    {
        // On Windows it is not known who else may write to a folder that a person chose.
        isOwn = !OperatingSystem.IsWindows() || chosen is null;
        try
        {
            Folder = (chosen ?? StateFolder.Usual()) is { } path ? Make(path) : null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Problem = $"Gateways are started without a log and a lock, and keep their history in memory: {failure.Message}";
        }
    }

    /// <summary>The folder; null where there is none.</summary>
    public string? Folder { get; }

    /// <summary>Why there is no folder, though one was wanted.</summary>
    public string? Problem { get; }

    /// <summary>The ports on which gateways were started before.</summary>
    public IEnumerable<int> Ports => Folder is null ? [] : Directory.EnumerateFiles(Folder, $"{Start}*{LockEnd}")
        .Select(path => Path.GetFileName(path)[Start.Length..^LockEnd.Length])
        .Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? port : 0)
        .Where(port => port is > 0 and <= 65535);

    /// <summary>The log file of the gateway on a port.</summary>
    public string? LogOf(int port) => PathOf(port, ".log");

    /// <summary>The lock file of the gateway on a port.</summary>
    public string? LockOf(int port) => PathOf(port, LockEnd);

    /// <summary>Whether a gateway that an assistant started runs on a port, or is about to.</summary>
    public bool IsHeld(int port) => LockOf(port) is { } path && StartLock.IsHeld(path);

    /// <summary>Whether that assistant was certainly this user's, because nobody else may write to the folder.</summary>
    public bool IsOwn(int port) => isOwn && IsHeld(port);

    // Another user's lock would pass for the lock of this user's gateway, and that gateway gets the key.
    private static string Make(string path)
    {
        if (Directory.Exists(path))
        {
            StateFolder.RefuseOthers(path);
        }

        return StateFolder.Make(path);
    }

    private string? PathOf(int port, string end) =>
        Folder is null ? null : Path.Combine(Folder, string.Create(CultureInfo.InvariantCulture, $"{Start}{port}{end}"));
}
