using Webstream.ServiceDefaults.State;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// A file that takes room on the disk for nothing. It is given up when the disk is full, so that trimming and a checkpoint can run, and made
/// again when there is room. Used by one thread at a time.
/// </summary>
internal sealed class DiskReserve(string database, long bytes)
{
    private readonly string path = database + ".reserve";

    /// <summary>Whether the room is held.</summary>
    public bool IsHeld => File.Exists(path) && new FileInfo(path).Length >= bytes;

    /// <summary>Takes the room, unless it is held.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryTake()
    {
        if (IsHeld)
        {
            return true;
        }

        try
        {
            using var file = PrivateFile.Open(path, FileMode.Create, FileAccess.Write);
            // Written, not only announced: a file with holes takes no room.
            var zeros = new byte[1024 * 1024];
            for (var left = bytes; left > 0; left -= zeros.Length)
            {
                file.Write(zeros, 0, (int)Math.Min(left, zeros.Length));
            }

            file.Flush(flushToDisk: true);
            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            GiveUp();
            return false;
        }
    }

    /// <summary>Gives the room back to the disk.</summary>
    public void GiveUp()
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // It is tried again when the disk is found full once more.
        }
    }
}
