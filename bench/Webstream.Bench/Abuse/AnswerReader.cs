using Webstream.Bench.Http;

namespace Webstream.Bench.Abuse;

/// <summary>Counts the answers on one connection, however they follow each other, and keeps none.</summary>
internal sealed class AnswerReader
{
    private readonly byte[] _head = new byte[4096];
    private int _headLength;
    private int _status;
    private bool _chunked;
    private ChunkedBody _chunks;
    private long _left;

    /// <summary>Whether the server sent bytes that are not HTTP.</summary>
    public bool IsMalformed { get; private set; }

    /// <summary>Takes the received bytes, and reports the status of each answer that they complete.</summary>
    public void Take(Span<byte> bytes, Action<int> answered)
    {
        while (bytes.Length > 0 && !IsMalformed)
        {
            if (_status == 0)
            {
                bytes = bytes[TakeHead(bytes)..];
            }
            else if (_chunked)
            {
                _chunks.Decode(bytes, out var read);
                bytes = bytes[read..];
                IsMalformed = _chunks.Malformed;
            }
            else
            {
                var body = (int)Math.Min(_left, bytes.Length);
                _left -= body;
                bytes = bytes[body..];
            }

            if (_status != 0 && (_chunked ? _chunks.Ended : _left == 0))
            {
                answered(_status);
                (_status, _headLength, _chunks) = (0, 0, default);
            }
        }
    }

    /// <summary>How many of the bytes belong to the head.</summary>
    private int TakeHead(Span<byte> bytes)
    {
        var fit = Math.Min(bytes.Length, _head.Length - _headLength);
        bytes[..fit].CopyTo(_head.AsSpan(_headLength));
        if (!ResponseHead.TryRead(_head.AsSpan(0, _headLength + fit), out var head))
        {
            _headLength += fit;
            IsMalformed = _headLength == _head.Length;
            return fit;
        }

        var taken = head.Length - _headLength;
        (_status, _chunked, _left) = (head.Status, head.Chunked, Math.Max(0, head.ContentLength));
        IsMalformed = _status == 0;
        return taken;
    }
}
