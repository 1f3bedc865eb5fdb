using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Webstream.Protocol;

namespace Webstream.Mcp.Http;

/// <summary>The requests that <see cref="HttpWebstream"/> sends, below a gateway's address.</summary>
internal static class GatewayRequests
{
    public static HttpRequestMessage Push(Uri gateway, PushRequest push, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(gateway, "api/push")) { Content = Body(push) };
        request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    public static HttpRequestMessage Read(Uri gateway, ReadRequest read)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"?limit={read.Limit}&wait={read.Wait.TotalSeconds:0.###}");
        query += read.After is { } after ? $"&after={after}" : "";
        query += read.InReplyTo is { } asked ? $"&inReplyTo={asked}" : "";
        return new(HttpMethod.Get, new Uri(gateway, $"api/streams/{Segment(read.Stream)}/messages{query}"));
    }

    public static HttpRequestMessage List(Uri gateway, StreamListRequest list)
    {
        var query = string.Create(CultureInfo.InvariantCulture, $"?limit={list.Limit}");
        query += list.Prefix.Length > 0 ? $"&prefix={Uri.EscapeDataString(list.Prefix)}" : "";
        query += list.After is { } after ? $"&after={Segment(after)}" : "";
        return new(HttpMethod.Get, new Uri(gateway, $"api/streams{query}"));
    }

    public static HttpRequestMessage Describe(Uri gateway, StreamName stream) =>
        new(HttpMethod.Get, new Uri(gateway, $"api/streams/{Segment(stream)}"));

    private static string Segment(StreamName stream) => Uri.EscapeDataString(stream.Value);

    private static ByteArrayContent Body(PushRequest push)
    {
        using var lines = new MemoryStream();
        foreach (var item in push.Items)
        {
            JsonSerializer.Serialize(lines, ToBody(push.Stream, item), WireJson.Instance.PushBody);
            lines.WriteByte((byte)'\n');
        }

        return new(lines.ToArray())
        {
            Headers = { ContentType = new MediaTypeHeaderValue(push.Items.Count == 1 ? "application/json" : "application/x-ndjson") },
        };
    }

    private static PushBody ToBody(StreamName stream, PushItem item) => new()
    {
        Message = item.Message,
        Stream = stream.Value,
        Event = item.Event,
        Source = item.Source,
        InReplyTo = item.InReplyTo?.ToString(),
        Options = item.Options is { } options ? [.. options] : null,
    };
}
