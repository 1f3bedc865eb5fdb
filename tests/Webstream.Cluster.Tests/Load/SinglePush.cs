using System.Net.Http.Json;
using System.Text.Json;

namespace Webstream.Cluster.Tests.Load;

/// <summary>One push, once. Its text is none of the load's texts. A listener that gets a refused text thus reports it.</summary>
internal static class SinglePush
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>The status, and whether the answer says when to try again.</summary>
    public static async Task<(int Status, bool RetryAfter)> TryAsync(Uri gateway, string stream)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(gateway, "/api/push"), new { message = "a single push", stream });
        return ((int)answer.StatusCode, answer.Headers.RetryAfter is not null);
    }

    /// <summary>The status, and what the answer says is wrong.</summary>
    public static async Task<(int Status, string Error)> PushAsync(Uri gateway, string stream, string text)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(gateway, "/api/push"), new { message = text, stream });
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return ((int)answer.StatusCode, body.TryGetProperty("error", out var error) ? error.GetString()! : "");
    }
}
