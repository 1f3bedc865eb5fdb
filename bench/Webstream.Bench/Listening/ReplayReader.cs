using System.Buffers.Text;

namespace Webstream.Bench.Listening;

/// <summary>Follows the ids in the bytes of one listener's replay.</summary>
/// <param name="after">The sequence that the listener had before.</param>
internal sealed class ReplayReader(long after)
{
    private readonly long _after = after;
    private readonly List<byte> _begun = [];

    /// <summary>The last sequence that came in its order.</summary>
    public long Sequence { get; private set; } = after;

    /// <summary>How many ids came that are not the next one. That of the greeting is the listener's own.</summary>
    public long Wrong { get; private set; }

    /// <summary>Whether the gateway said that everything follows.</summary>
    public bool Recovered { get; private set; }

    /// <summary>Takes what was read.</summary>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.IndexOf((byte)'\n') is var end and >= 0)
        {
            if (_begun.Count == 0)
            {
                Line(bytes[..end]);
            }
            else
            {
                _begun.AddRange(bytes[..end]);
                Line(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_begun));
                _begun.Clear();
            }

            bytes = bytes[(end + 1)..];
        }

        _begun.AddRange(bytes);
    }

    private void Line(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("id: "u8))
        {
            if (!Utf8Parser.TryParse(line[(line.LastIndexOf((byte)'-') + 1)..], out long sequence, out _) || sequence != Sequence + 1)
            {
                Wrong += sequence == _after && Sequence == _after ? 0 : 1;
                return;
            }

            Sequence = sequence;
        }
        else if (line.StartsWith("data: {\"status\":\"recovered\""u8))
        {
            Recovered = true;
        }
    }
}
