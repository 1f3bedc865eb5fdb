using System.Text;
using CsCheck;

namespace Webstream.Fuzz.Tests.Mutation;

/// <summary>Makes new inputs from the kept ones: bytes changed, left out and doubled, pieces of others, and what parsers stumble over.</summary>
internal static class Mutations
{
    private static readonly byte[][] Stumbles =
    [
        .. new[]
        {
            "{", "}", "[", "]", "\"", "\\", ",", ":", "null", "true", "{}", "[]", "\"\"", "0", "-1", "1.0", "1e3", "1E+400", "18446744073709551616", "-0",
            "\\ud800", "\\udc00", "\\ud83d\\ude00", "\\u0000", "\\u006d", "\"\\ud800\":1,", "\"message\":\"x\",", "\"Message\":\"x\",", "\"id\":1,", "\"id\":null,",
            "\"id\":\"\\ud800\",", "\"method\":\"ping\",", "\"params\":[],", "\"params\":5,", "\"_meta\":[],", "\"arguments\":[],", "\"a\":1,\"a\":2,", "\"a\":1,\"A\":2,",
            "\uFEFF", "é", "😀", "\u2028", "\u0085", "\0", "\u0007", "\u001b[2J", "\r", "\n", "\r\n", "\t", " ", ";", "=", "/", "%", "%00", "%0d%0a", "%ff", "..", "#", "?", "&",
            "0-0", "ffffffffffffffff-9223372036854775807", "10000000000000000-1", "-", "application/json", "charset=bogus", ";;;", "2026-07-28", "localhost", "null",
        }.Select(Encoding.UTF8.GetBytes),
        [0xFF], [0xFE, 0xFF], [0xFF, 0xFE], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0xBD], [0xF8], [0x80],
        Enumerable.Repeat((byte)'[', 100).ToArray(), Enumerable.Repeat((byte)'9', 400).ToArray(), Enumerable.Repeat((byte)'a', 5000).ToArray(),
    ];

    /// <summary>New inputs with the same parts. Most of the time several parts are changed, or one part several times.</summary>
    public static Gen<byte[][]> Of(byte[][][] corpus)
    {
        var pieces = corpus.SelectMany(parts => parts).Where(part => part.Length > 0).ToArray();
        return
            from parts in Gen.OneOfConst(corpus)
            from changes in Gen.Select(Gen.Int[0, int.MaxValue], Change(pieces)).Array[1, 5]
            select changes.Aggregate(parts, (now, change) => With(now, change.Item1 % now.Length, change.Item2));
    }

    private static byte[][] With(byte[][] parts, int index, Func<byte[], byte[]> change)
    {
        byte[][] changed = [.. parts];
        changed[index] = change(changed[index]);
        return changed;
    }

    private static Gen<Func<byte[], byte[]>> Change(byte[][] pieces) => Gen.Frequency(
        (4, Gen.Select(Gen.Double.Unit, Gen.OneOfConst(Stumbles), (at, stumble) => (Func<byte[], byte[]>)(bytes => Put(bytes, at, 0, stumble)))),
        (2, Gen.Select(Gen.Double.Unit, Gen.Int[1, 12], Gen.OneOfConst(Stumbles), (at, length, stumble) => (Func<byte[], byte[]>)(bytes => Put(bytes, at, length, stumble)))),
        (3, Gen.Select(Gen.Double.Unit, Gen.Byte, (at, value) => (Func<byte[], byte[]>)(bytes => Put(bytes, at, 1, [value])))),
        (2, Gen.Select(Gen.Double.Unit, Gen.Int[1, 40], (at, length) => (Func<byte[], byte[]>)(bytes => Put(bytes, at, length, [])))),
        (2, Gen.Select(Gen.Double.Unit, Gen.Int[1, 40], Gen.Int[1, 4], (at, length, times) => (Func<byte[], byte[]>)(bytes => Repeat(bytes, at, length, times)))),
        (2, Gen.Select(Gen.Double.Unit, Gen.OneOfConst(pieces), Gen.Double.Unit, (at, piece, from) => (Func<byte[], byte[]>)(bytes => Put(bytes, at, 0, piece[(int)(from * piece.Length)..])))),
        (1, Gen.Double.Unit.Select(at => (Func<byte[], byte[]>)(bytes => bytes[..(int)(at * bytes.Length)]))),
        (1, Gen.Double.Unit.Select(at => (Func<byte[], byte[]>)(bytes => OtherCase(bytes, at)))),
        (1, Gen.OneOfConst(pieces).Select(piece => (Func<byte[], byte[]>)(_ => piece))));

    private static byte[] Put(byte[] bytes, double at, int over, byte[] piece)
    {
        var start = (int)(at * bytes.Length);
        return [.. bytes.AsSpan(0, start), .. piece, .. bytes.AsSpan(Math.Min(bytes.Length, start + over))];
    }

    private static byte[] Repeat(byte[] bytes, double at, int length, int times)
    {
        var start = (int)(at * bytes.Length);
        var piece = bytes.AsSpan(start, Math.Min(length, bytes.Length - start)).ToArray();
        return Put(bytes, at, 0, [.. Enumerable.Repeat(piece, times).SelectMany(unit => unit)]);
    }

    private static byte[] OtherCase(byte[] bytes, double at)
    {
        byte[] changed = [.. bytes];
        var start = (int)(at * bytes.Length);
        for (var i = start; i < Math.Min(bytes.Length, start + 12); i++)
        {
            changed[i] = char.IsAsciiLetter((char)changed[i]) ? (byte)(changed[i] ^ 0x20) : changed[i];
        }

        return changed;
    }
}
