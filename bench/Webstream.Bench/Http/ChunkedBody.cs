namespace Webstream.Bench.Http;

/// <summary>The position of a connection in a chunked body; eight bytes a connection.</summary>
internal struct ChunkedBody
{
    private int _remaining;
    private State _state;

    private enum State : byte
    {
        Size,
        Extension,
        Data,
        DataEnd,
        TrailerStart,
        Trailer,
        Ended,
        Malformed,
    }

    public readonly bool Ended => _state == State.Ended;

    public readonly bool Malformed => _state == State.Malformed;

    /// <summary>
    /// Moves the content together at the front, over the chunks' own bytes. So the search for markers sees one piece, wherever the
    /// server cut its chunks. Returns the content's length.
    /// </summary>
    public int Decode(Span<byte> bytes) => Decode(bytes, out _);

    /// <summary>The same. It also returns how many bytes belong to this body: after its end there may be another response.</summary>
    public int Decode(Span<byte> bytes, out int at)
    {
        var length = 0;
        at = 0;
        while (at < bytes.Length && _state < State.Ended)
        {
            if (_state == State.Data)
            {
                var count = Math.Min(_remaining, bytes.Length - at);
                bytes.Slice(at, count).CopyTo(bytes[length..]);
                length += count;
                at += count;
                _remaining -= count;
                if (_remaining == 0)
                {
                    _state = State.DataEnd;
                }
            }
            else
            {
                Step(bytes[at++]);
            }
        }

        return length;
    }

    private void Step(byte value)
    {
        switch (_state)
        {
            case State.Size when value == '\n':
            case State.Extension when value == '\n':
                _state = _remaining == 0 ? State.TrailerStart : State.Data;
                break;
            case State.Size when value is (byte)';' or (byte)'\r':
                _state = State.Extension;
                break;
            case State.Size:
                var digit = HexDigit(value);
                _state = digit < 0 || _remaining > int.MaxValue >> 4 ? State.Malformed : State.Size;
                _remaining = (_remaining << 4) | (digit & 0xF);
                break;
            case State.DataEnd when value == '\n':
                _state = State.Size;
                break;
            case State.DataEnd when value != '\r':
                _state = State.Malformed;
                break;
            case State.TrailerStart when value == '\n':
                _state = State.Ended;
                break;
            case State.TrailerStart when value != '\r':
                _state = State.Trailer;
                break;
            case State.Trailer when value == '\n':
                _state = State.TrailerStart;
                break;
        }
    }

    private static int HexDigit(byte value) => value switch
    {
        >= (byte)'0' and <= (byte)'9' => value - '0',
        >= (byte)'a' and <= (byte)'f' => value - 'a' + 10,
        >= (byte)'A' and <= (byte)'F' => value - 'A' + 10,
        _ => -1,
    };
}
