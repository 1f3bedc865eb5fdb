using System.Globalization;
using System.Text.RegularExpressions;

namespace Webstream.Bench.Abuse;

/// <summary>Comes by on a connection of its own, to see whether the door still opens.</summary>
internal sealed partial class Visitor(Target target)
{
    /// <summary>What the history may take, and takes, in bytes, as the gateway says; null where it says nothing of it.</summary>
    public (long Limit, long Used)? AskHistory(TimeSpan patience)
    {
        var text = Ask("/metrics", patience) ?? "";
        return Share(text, "limit") is { } limit && Share(text, "used") is { } used ? (limit, used) : null;
    }

    /// <summary>Whether the gateway says that it lives.</summary>
    public bool IsReceived(TimeSpan patience) => Ask("/health/live", patience) is not null;

    /// <summary>Sends a text, or asks where there is none.</summary>
    /// <returns>The body of a success; null when there was none in that time.</returns>
    public static string? Send(Target target, string? key, string path, string? text, TimeSpan patience)
    {
        using var handler = new SocketsHttpHandler();
        using var client = new HttpClient(handler) { Timeout = patience };
        using var request = new HttpRequestMessage(text is null ? HttpMethod.Get : HttpMethod.Post, $"http://{target.EndPoint}{path}");
        request.Headers.Authorization = key is null ? null : new("Bearer", key);
        request.Content = text is null ? null : new StringContent(text);
        try
        {
            using var answer = client.Send(request);
            return answer.IsSuccessStatusCode ? answer.Content.ReadAsStringAsync().GetAwaiter().GetResult() : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return null;
        }
    }

    private string? Ask(string path, TimeSpan patience) => Send(target, null, path, null, patience);

    private static long? Share(string metrics, string which) =>
        History().Matches(metrics).FirstOrDefault(m => m.Groups["which"].Value == which) is { } found
            ? (long)double.Parse(found.Groups["value"].Value, CultureInfo.InvariantCulture)
            : null;

    [GeneratedRegex("""^webstream_memory_(?<which>limit|used)\w*\{[^}]*share="history"[^}]*\} (?<value>[0-9.e+]+)""", RegexOptions.Multiline)]
    private static partial Regex History();
}
