using System.Text;

namespace Webstream.Fuzz.Tests.Mutation;

/// <summary>
/// The inputs that are kept: usual ones, odd ones, and every one that ever broke something. Each door has a file, with one input a line, written as
/// <see cref="Escaped"/>. Tabs separate the parts of an input. Lines that begin with <c>#</c> say why the next ones are there.
/// </summary>
internal static class Corpora
{
    private static readonly string Folder = Path.Combine(Repository.Root, "tests", "Webstream.Fuzz.Tests", "Corpus");

    /// <summary>The inputs of a file, each as its parts.</summary>
    public static byte[][][] Read(string file) =>
    [
        .. File.ReadLines(Path.Combine(Folder, file))
            .Where(line => line.Length > 0 && line[0] != '#')
            .Select(line => line.Split('\t').Select(Escaped.Read).ToArray()),
    ];

    /// <summary>An input in the form in which its file would hold it.</summary>
    public static string Written(byte[][] parts) => string.Join('\t', parts.Select(part => Escaped.Of(part)));

    /// <summary>An input's parts as text.</summary>
    public static string Text(byte[] part) => Encoding.Latin1.GetString(part);
}
