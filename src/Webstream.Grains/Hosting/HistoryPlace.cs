using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Webstream.Grains.History;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Grains.Hosting;

/// <summary>
/// Where a process without Redis keeps its history: in a file that is named after its port, or in memory. A place that a person chose and that
/// cannot be written refuses the start. The usual place is done without, and <see cref="Reason"/> says why.
/// </summary>
/// <param name="Path">The file's full path; null: in memory.</param>
/// <param name="Reason">Why it is in memory though nobody chose that: a sentence without its full stop.</param>
public sealed record HistoryPlace(string? Path, string? Reason = null)
{
    private const string Choices = "Webstream__Log__Path names a file of its own, and Webstream__Log__Store=memory does without one";

    // By the names that .NET gives to the types of statfs. Locks and syncs are not what they are on a disk of this machine.
    private static readonly string[] NotOfThisMachine =
        ["nfs", "nfs4", "smb", "smb2", "smbfs", "cifs", "9p", "v9fs", "fuse", "fuseblk", "ceph", "afs", "ncpfs", "glusterfs", "vboxfs", "virtiofs"];

    /// <summary>In memory, because a person chose that or because it is for tests.</summary>
    public static HistoryPlace InMemory { get; } = new((string?)null);

    /// <summary>What people are told of it.</summary>
    public string Text => Path is not null ? $"on disk: {Path}" : $"in memory: it ends with this process{(Reason is null ? "" : $" ({Reason})")}";

    /// <summary>Finds the place, and tries to write there.</summary>
    /// <param name="webstream">The section <c>Webstream</c>.</param>
    /// <param name="stateFolder">The folder that a person chose (<see cref="StateFolder.Variable"/>); null or empty: nobody did.</param>
    /// <param name="name">The file's name without its end, for example <c>gateway-8000</c>; null: the process has no port to be known by.</param>
    /// <exception cref="StartRefusedException">A setting is wrong, or the chosen place cannot be written.</exception>
    public static HistoryPlace Find(IConfiguration webstream, string? stateFolder, string? name) =>
        Find(webstream, stateFolder, name, folder => new DriveInfo(folder).DriveFormat);

    /// <summary>For tests: with another way to know a folder's file system.</summary>
    internal static HistoryPlace Find(IConfiguration webstream, string? stateFolder, string? name, Func<string, string> fileSystemOf)
    {
        var options = Read(webstream);
        var path = options.Path is { Length: > 0 } written ? written : null;
        if (options.Store == HistoryStore.Memory)
        {
            return path is null ? InMemory : throw new StartRefusedException(
                "Webstream__Log__Path names a file for the history, and Webstream__Log__Store=memory wants none. Leave one of them out.");
        }

        if (path is not null)
        {
            return AtPath(path);
        }

        var chosen = string.IsNullOrWhiteSpace(stateFolder) ? null : stateFolder.Trim();
        var mustBe = options.Store == HistoryStore.Disk;
        if (chosen is not null && Placeholder.IsIn(chosen))
        {
            throw new StartRefusedException($"{StateFolder.Variable} {Placeholder.Refusal}");
        }

        if (name is null)
        {
            return !mustBe ? new(null, "the port is another one at each start, so no file is named after it. Webstream__Log__Path names one") : throw new StartRefusedException(
                "Webstream__Log__Store=disk names the file after the port, and the port is another one at each start. Name the file with Webstream__Log__Path, or choose a port.");
        }

        return InFolder(chosen ?? StateFolder.Usual(), $"{name}.db", chosen is not null || mustBe, fileSystemOf);
    }

    /// <summary>Refuses settings that want a file where the history is in Redis.</summary>
    /// <exception cref="StartRefusedException">There are such settings.</exception>
    public static void RefuseBesideRedis(IConfiguration webstream)
    {
        var options = Read(webstream);
        if (options.Store == HistoryStore.Disk || options.Path is { Length: > 0 })
        {
            throw new StartRefusedException(
                "With Webstream__Cluster__Redis the history is in Redis. Leave out Webstream__Log__Store=disk and Webstream__Log__Path, or Webstream__Cluster__Redis.");
        }
    }

    private static HistoryOptions Read(IConfiguration webstream)
    {
        SettingsCheck.RefuseUnreadable<HistoryOptions>(webstream, HistoryOptions.Section);
        var options = webstream.GetSection(HistoryOptions.Section).Get<HistoryOptions>() ?? new();
        try
        {
            Validator.ValidateObject(options, new(options), validateAllProperties: true);
            return options;
        }
        catch (ValidationException invalid)
        {
            throw new StartRefusedException(invalid.Message);
        }
    }

    private static HistoryPlace AtPath(string written)
    {
        var path = System.IO.Path.GetFullPath(written);
        if (Directory.Exists(path) || System.IO.Path.EndsInDirectorySeparator(path))
        {
            throw new StartRefusedException($"Webstream__Log__Path is a file, for example {System.IO.Path.Combine(path, "webstream.db")}. {path} is a folder.");
        }

        try
        {
            StateFolder.Make(System.IO.Path.GetDirectoryName(path)!);
            HistoryLock.TryFile(path);
            return new(path);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            throw Unwritable(path, failure);
        }
    }

    private static HistoryPlace InFolder(string? folder, string file, bool isChosen, Func<string, string> fileSystemOf)
    {
        if (folder is null)
        {
            return isChosen
                ? throw new StartRefusedException($"Webstream__Log__Store=disk finds no folder: the user has no home. Set {StateFolder.Variable}, or Webstream__Log__Path.")
                : new(null, $"this user has no home folder. {StateFolder.Variable} names a folder");
        }

        var path = System.IO.Path.GetFullPath(System.IO.Path.Combine(folder, file));
        try
        {
            var made = StateFolder.Make(folder);
            if (!isChosen)
            {
                StateFolder.RefuseOthers(made);
                if (NotOfThisMachine.Contains(fileSystemOf(made), StringComparer.OrdinalIgnoreCase))
                {
                    return new(null, $"{made} is not on a disk of this machine ({fileSystemOf(made)}). To use it all the same, set Webstream__Log__Store=disk");
                }
            }

            HistoryLock.TryFile(path);
            return new(path);
        }
        catch (Exception failure) when (IsRefusal(failure))
        {
            return isChosen ? throw Unwritable(path, failure) : new(null, $"{path} cannot be written: {failure.Message.TrimEnd('.')}");
        }
    }

    private static bool IsRefusal(Exception failure) => failure is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    private static StartRefusedException Unwritable(string path, Exception failure) => new(
        $"The history cannot be written to {path}: {failure.Message.TrimEnd('.')}. Let this user write there, or choose another place: {Choices}.");
}
