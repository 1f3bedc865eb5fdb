using System.Net.Http.Json;

namespace Webstream.Cluster.Tests.Load;

/// <summary>What a gateway says of a stream.</summary>
/// <param name="Clients">The listeners on all gateways.</param>
/// <param name="Gateways">The gateways that they are on.</param>
/// <param name="WindowSeconds">How far back the retained history reaches.</param>
internal sealed record StreamDescription(int Clients, int Gateways, double? WindowSeconds)
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>Asks a gateway; none when it does not know now.</summary>
    public static async Task<StreamDescription?> AskAsync(Uri gateway, string stream)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(gateway, $"/api/streams/{stream}"));
            return answer.IsSuccessStatusCode ? await answer.Content.ReadFromJsonAsync<StreamDescription>() : null;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>How many listen to a stream, and on how many gateways, as a gateway says.</summary>
    public static async Task<(int Clients, int Gateways)> CountAsync(Uri gateway, string stream) =>
        await AskAsync(gateway, stream) is { } found ? (found.Clients, found.Gateways) : default;
}
