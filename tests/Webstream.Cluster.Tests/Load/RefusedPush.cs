using System.Net.Http.Json;

namespace Webstream.Cluster.Tests.Load;

/// <summary>A push that is expected to be refused: its text is none of the load's, so that a listener who gets it all the same tells of it.</summary>
internal static class RefusedPush
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(20) };

    /// <summary>The status, and whether the answer says when to try again.</summary>
    public static async Task<(int Status, bool RetryAfter)> TryAsync(Uri gateway, string stream)
    {
        using var answer = await Http.PostAsJsonAsync(new Uri(gateway, "/api/push"), new { message = "refused", stream });
        return ((int)answer.StatusCode, answer.Headers.RetryAfter is not null);
    }
}
