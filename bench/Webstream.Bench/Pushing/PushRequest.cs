using System.Text;

namespace Webstream.Bench.Pushing;

/// <summary>
/// The bytes of a request, laid out once: every text has the same length, so only the texts are rewritten from one
/// push to the next.
/// </summary>
internal sealed class PushRequest
{
    private readonly byte[] _bytes;
    private readonly int[] _slots;
    private readonly int _size;
    private readonly Marker _marker;

    public PushRequest(PushPlan plan, Marker marker)
    {
        _marker = marker;
        _size = plan.Size;
        var before = "{\"message\":\"";
        var after = $"\",\"stream\":\"{plan.Stream}\"}}" + (plan.Batch > 1 ? "\n" : "");
        var line = before + new string('x', _size) + after;
        var type = plan.Batch > 1 ? "application/x-ndjson" : "application/json";
        var key = plan.Key is null ? "" : $"Authorization: Bearer {plan.Key}\r\n";
        var head = $"POST /api/push HTTP/1.1\r\nHost: {plan.Target.Host}\r\n{key}Content-Type: {type}\r\n"
            + $"Content-Length: {line.Length * plan.Batch}\r\n\r\n";
        _bytes = Encoding.ASCII.GetBytes(head + string.Concat(Enumerable.Repeat(line, plan.Batch)));
        _slots = [.. Enumerable.Range(0, plan.Batch).Select(i => head.Length + (i * line.Length) + before.Length)];
    }

    /// <summary>The request with its messages numbered from the first on, <paramref name="step"/> apart.</summary>
    public ReadOnlyMemory<byte> Write(int first, int step, long scheduled)
    {
        foreach (var slot in _slots)
        {
            _marker.Write(_bytes.AsSpan(slot, _size), first, scheduled);
            first += step;
        }

        return _bytes;
    }
}
