using System.Text;

namespace Webstream.Bench.Listening;

/// <summary>The requests of listeners: one text for each stream at each gateway.</summary>
internal sealed class ListenerRequests
{
    private readonly ListenerSettings _settings;
    private readonly byte[][] _texts;

    public ListenerRequests(ListenerSettings settings)
    {
        _settings = settings;
        var key = settings.Key is null ? "" : $"Authorization: Bearer {settings.Key}\r\n";
        _texts = [.. settings.Targets.SelectMany(target => Enumerable.Range(0, settings.Streams.Count).Select(stream => Encoding.ASCII.GetBytes(
            $"GET {settings.Server.ListenPath}{Encoding.ASCII.GetString(settings.Streams.Of(stream))} HTTP/1.1\r\n"
            + $"Host: {target.Host}\r\nAccept: text/event-stream\r\n{key}\r\n")))];
    }

    public ReadOnlySpan<byte> Of(int listener) =>
        _texts[(_settings.TargetOf(listener) * _settings.Streams.Count) + _settings.StreamOf(listener)];
}
