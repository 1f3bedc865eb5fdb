using System.Net;

namespace Webstream.ServiceDefaults.Health;

/// <summary>Asks a running process for its health, for a supervisor: a container of this product has no curl.</summary>
public static class HealthQuestion
{
    // Longer than the timeouts of the checks themselves.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Asks once.</summary>
    /// <param name="url">The health endpoint, for example <c>http://127.0.0.1:8000/health/ready</c>.</param>
    /// <param name="output">Gets one line.</param>
    /// <returns>An exit code: 0 when the answer was <c>200</c>, 1 otherwise.</returns>
    public static async Task<int> AskAsync(string url, TextWriter output)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
        {
            await output.WriteLineAsync($"'{url}' is not an address to ask. Write it as http://127.0.0.1:8000/health/ready.");
            return 1;
        }

        try
        {
            // Not through a proxy: the configured proxy is for connections that leave this machine.
            using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
            using var response = await http.GetAsync(address);
            await output.WriteLineAsync($"{address}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            return response.StatusCode == HttpStatusCode.OK ? 0 : 1;
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            await output.WriteLineAsync($"{address}: {failure.Message}");
            return 1;
        }
    }
}
