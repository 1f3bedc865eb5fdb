using Webstream.Gateway.Snapshots;
using Webstream.Grains;

namespace Webstream.Gateway.Keys;

/// <summary>A file with keys. It is read again when its time or its length is another one: what watches files misses changes on many disks.</summary>
/// <param name="path">The file.</param>
internal sealed class KeyFile(string path) : IKeySource
{
    private const long MostBytes = 16 * 1024 * 1024;

    private readonly Lock gate = new();
    private (DateTime At, long Length)? seen;
    private long version;

    /// <inheritdoc/>
    public Task<KeyList?> ReadAsync(long? known)
    {
        lock (gate)
        {
            try
            {
                return Task.FromResult(Read(known));
            }
            catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or FormatException)
            {
                // What is read next is news, whatever its time.
                seen = null;
                return Task.FromException<KeyList?>(new TableAwayException($"The file of keys {path} cannot be used: {failure.Message.TrimEnd('.')}"));
            }
        }
    }

    private KeyList? Read(long? known)
    {
        // Of what is opened, not of the name: the name may be a link that is changed from one file to another.
        using var file = File.OpenHandle(path, share: FileShare.ReadWrite | FileShare.Delete);
        var now = (File.GetLastWriteTimeUtc(file), RandomAccess.GetLength(file));
        if (seen == now && known == version)
        {
            return null;
        }

        if (now.Item2 > MostBytes)
        {
            throw new FormatException($"it has more than {MostBytes} bytes");
        }

        var bytes = new byte[now.Item2];
        var read = RandomAccess.Read(file, bytes, 0);
        var keys = KeyJson.ReadFile(bytes.AsSpan(0, read));
        (seen, version) = (now, seen == now ? version : version + 1);
        return new(version, keys, Persistent: true);
    }
}
