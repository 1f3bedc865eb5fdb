using System.Net.Http.Json;

namespace Webstream.Cluster.Tests.Load;

/// <summary>A gateway's description of a stream.</summary>
/// <param name="Clients">The listeners on all gateways.</param>
/// <param name="Gateways">The number of gateways on which they listen.</param>
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

    /// <summary>How many listeners a stream has, and on how many gateways, according to one gateway.</summary>
    public static async Task<(int Clients, int Gateways)> CountAsync(Uri gateway, string stream) =>
        await AskAsync(gateway, stream) is { } found ? (found.Clients, found.Gateways) : default;
}
