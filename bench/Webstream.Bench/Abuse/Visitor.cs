using System.Globalization;
using System.Text.RegularExpressions;

namespace Webstream.Bench.Abuse;

/// <summary>Connects anew, to see whether the gateway still accepts connections.</summary>
internal sealed partial class Visitor(Target target)
{
    /// <summary>The size of the history by the gateway's own count, in bytes; null where the gateway does not report it.</summary>
    public long? AskHistory(TimeSpan patience) =>
        History().Match(Ask("/metrics", patience) ?? "") is { Success: true } found ? Number(found) : null;

    /// <summary>The number of grains in memory in the gateway's own silo; null where it has no silo, or does not report the number.</summary>
    public long? AskActivations(TimeSpan patience) =>
        Activations().Matches(Ask("/metrics", patience) ?? "") is { Count: > 0 } found ? found.Sum(m => Number(m)) : null;

    /// <summary>Whether the gateway answers its liveness check.</summary>
    public bool IsReceived(TimeSpan patience) => Ask("/health/live", patience) is not null;

    /// <summary>Posts a text, or sends a GET when the text is null.</summary>
    /// <returns>The body of a successful answer; null when there was none in that time.</returns>
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

    private static long Number(Match match) => (long)double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^orleans_catalog_activations\{[^}]*\} (?<value>[0-9.e+]+)""", RegexOptions.Multiline)]
    private static partial Regex Activations();

    [GeneratedRegex("""^webstream_memory_used\w*\{[^}]*share="history"[^}]*\} (?<value>[0-9.e+]+)""", RegexOptions.Multiline)]
    private static partial Regex History();
}
