namespace Webstream.Cluster.Tests.Harness;

/// <summary>Asks a process for its health.</summary>
internal static class HealthProbe
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero })
    {
        Timeout = TimeSpan.FromSeconds(5),
    };

    /// <summary>The answer of a health endpoint: its status and its text.</summary>
    public static async Task<(int Status, string Text)> AskAsync(Uri address, string path)
    {
        using var answer = await Http.GetAsync(new Uri(address, path));
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>The status of <c>/health/ready</c>; 0 when nobody answers.</summary>
    public static async Task<int> ReadyAsync(Uri address)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(address, "/health/ready"));
            return (int)answer.StatusCode;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException)
        {
            return 0;
        }
    }
}
