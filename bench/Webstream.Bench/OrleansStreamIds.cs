using System.Globalization;
using System.Text;

namespace Webstream.Bench;

/// <summary>The streams of a run. All names have the same length, so that requests are laid out once.</summary>
internal sealed class OrleansStreamIds(string name, int count)
{
    private readonly byte[][] _bytes = [.. Enumerable.Range(0, count).Select(i => Encoding.ASCII.GetBytes(Name(name, count, i)))];

    public int Count => count;

    /// <summary>The stream's name, or the common beginning of the names of several streams.</summary>
    public string Base => name;

    public int Length => _bytes[0].Length;

    public ReadOnlySpan<byte> Of(int stream) => _bytes[stream];

    /// <summary>How many of the listeners have that stream, when listener <c>i</c> has stream <c>i mod Count</c>.</summary>
    public int ListenersOf(int stream, int listeners) => (listeners / count) + (stream < listeners % count ? 1 : 0);

    public override string ToString() => count == 1 ? name : $"{Name(name, count, 0)} to {Name(name, count, count - 1)}";

    private static string Name(string name, int count, int stream)
    {
        var digits = (count - 1).ToString(CultureInfo.InvariantCulture).Length;
        return count == 1 ? name : $"{name}-{stream.ToString($"D{digits}", CultureInfo.InvariantCulture)}";
    }
}
