using System.Globalization;
using System.Text.RegularExpressions;

namespace Webstream.Bench.Abuse;

/// <summary>Comes by on a connection of its own, to see whether the door still opens.</summary>
internal sealed partial class Visitor(Target target)
{
    /// <summary>What the gateway counts for its history, in bytes; null where it says nothing of it.</summary>
    public long? AskHistory(TimeSpan patience) =>
        History().Match(Ask("/metrics", patience) ?? "") is { Success: true } found ? Number(found) : null;

    /// <summary>How many grains the gateway's own silo has in memory; null where it has none, or says nothing of it.</summary>
    public long? AskActivations(TimeSpan patience) =>
        Activations().Matches(Ask("/metrics", patience) ?? "") is { Count: > 0 } found ? found.Sum(m => Number(m)) : null;

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

    private static long Number(Match match) => (long)double.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex("""^orleans_catalog_activations\{[^}]*\} (?<value>[0-9.e+]+)""", RegexOptions.Multiline)]
    private static partial Regex Activations();

    [GeneratedRegex("""^webstream_memory_used\w*\{[^}]*share="history"[^}]*\} (?<value>[0-9.e+]+)""", RegexOptions.Multiline)]
    private static partial Regex History();
}
