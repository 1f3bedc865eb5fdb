using System.Buffers.Binary;
using System.IO.Hashing;
using Webstream.ServiceDefaults.State;

namespace Webstream.Grains.History.Disk;

/// <summary>
/// Remembers beside the database which append was acknowledged last. If the database does not have it, its tail was lost, whatever the reason: a
/// damaged end of the write-ahead log, a log that somebody deleted, an older copy that was put back. It is written after each commit and never
/// synced: it survives the process, and after a power cut it is merely older than the database.
/// </summary>
internal sealed class DiskWitness : IDisposable
{
    private const int Length = 32;

    private readonly FileStream file;
    private readonly byte[] record = new byte[Length];

    private DiskWitness(string path) => file = PrivateFile.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite);

    /// <summary>Where the witness of a database is.</summary>
    public static string PathOf(string database) => database + ".seen";

    public static DiskWitness Open(string database)
    {
        var witness = new DiskWitness(PathOf(database));
        if (witness.file.Length < Length)
        {
            // A full disk must not be met at the first append.
            RandomAccess.Write(witness.file.SafeFileHandle, new byte[Length], 0);
        }

        return witness;
    }

    /// <summary>Whether the database is as far as the last append that was acknowledged, or further.</summary>
    /// <param name="headOf">The head of a life; none when the database does not have that life.</param>
    public bool Agrees(Func<long, long?> headOf)
    {
        if (RandomAccess.Read(file.SafeFileHandle, record, 0) < Length || record.AsSpan().IndexOfAnyExcept((byte)0) < 0)
        {
            return true;
        }

        var (life, head, ended, sum) = (Number(0), Number(8), Number(16), Number(24));
        if (sum != Sum())
        {
            return false;
        }

        var known = headOf(life);
        return ended != 0 ? known is null : known >= head;
    }

    /// <summary>An append was committed.</summary>
    public void Appended(long life, long head) => Write(life, head, ended: 0);

    /// <summary>A life was ended.</summary>
    public void Ended(long life) => Write(life, 0, ended: 1);

    /// <summary>Every stream has a new epoch: what was acknowledged before is settled, and must not be found missing again.</summary>
    public void Forget() => Write(new byte[Length]);

    public void Dispose() => file.Dispose();

    private void Write(long life, long head, long ended)
    {
        Set(0, life);
        Set(8, head);
        Set(16, ended);
        Set(24, Sum());
        Write(record);
    }

    private void Write(byte[] bytes)
    {
        try
        {
            RandomAccess.Write(file.SafeFileHandle, bytes, 0);
        }
        catch (IOException)
        {
            // What was committed is committed. A witness that is older says less, and nothing wrong.
        }
    }

    private long Sum() => unchecked((long)XxHash3.HashToUInt64(record.AsSpan(0, 24), seed: 1));

    private long Number(int at) => BinaryPrimitives.ReadInt64LittleEndian(record.AsSpan(at));

    private void Set(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(at), value);
}
