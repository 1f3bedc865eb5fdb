using System.Text;

namespace Webstream.Bench.Pushing;

/// <summary>
/// The bytes of a request, laid out once. Every text and every stream's name has the same length, so only these bytes are
/// rewritten from one push to the next.
/// </summary>
internal sealed class PushRequest
{
    // Neither character occurs elsewhere in a request.
    private const char NamePlace = '\u0001';
    private const char TextPlace = '\u0002';

    private readonly byte[] _bytes;
    private readonly OrleansStreamIds _streams;
    private readonly int[] _namePlaces;
    private readonly int[] _textPlaces;
    private readonly int _size;
    private readonly Marker _marker;
    private readonly Numbering _numbering;

    public PushRequest(PushPlan plan, Target target, Marker marker)
    {
        _marker = marker;
        _size = plan.Size;
        _numbering = plan.Numbering;
        _streams = plan.Streams;
        var name = new string(NamePlace, plan.Streams.Length);
        var text = new string(TextPlace, plan.Size);
        var (path, type, body) = plan.Server.Raw
            ? (plan.Server.PushPath + name, "text/plain", text)
            : (plan.Server.PushPath, "application/json", $"{{\"message\":\"{text}\",\"stream\":\"{name}\"}}");
        if (plan.Batch > 1)
        {
            type = "application/x-ndjson";
            body = string.Concat(Enumerable.Repeat(body + "\n", plan.Batch));
        }

        var key = plan.Key is null ? "" : $"Authorization: Bearer {plan.Key}\r\n";
        var request = $"POST {path} HTTP/1.1\r\nHost: {target.Host}\r\n{key}Content-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}";
        _bytes = Encoding.ASCII.GetBytes(request);
        _namePlaces = Find(request, NamePlace);
        _textPlaces = Find(request, TextPlace);
    }

    /// <summary>The bytes of the request with this index in the run.</summary>
    public ReadOnlyMemory<byte> Write(long request, long scheduled)
    {
        var name = _streams.Of(_numbering.StreamOf(request));
        foreach (var place in _namePlaces)
        {
            name.CopyTo(_bytes.AsSpan(place));
        }

        var number = _numbering.FirstOf(request);
        foreach (var place in _textPlaces)
        {
            _marker.Write(_bytes.AsSpan(place, _size), number, scheduled);
            number += _numbering.Step;
        }

        return _bytes;
    }

    /// <summary>Where each run of the character begins.</summary>
    private static int[] Find(string request, char place) =>
        [.. Enumerable.Range(1, request.Length - 1).Where(i => request[i] == place && request[i - 1] != place)];
}
