using System.Net;
using Webstream.ServiceDefaults.Logging;

namespace Webstream.ServiceDefaults.Health;

/// <summary>Asks a running process for its health, for a supervisor: a container of this product has no curl.</summary>
public static class HealthQuestion
{
    /// <summary>The exit code when the process answers that it is healthy.</summary>
    public const int Healthy = 0;

    /// <summary>The exit code in every other case.</summary>
    public const int NotHealthy = 1;

    private const int LongestAnswer = 64 * 1024;
    private const int LongestShown = 1000;

    // Longer than the timeouts of the checks themselves.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    /// <summary>Asks once, at an address that a person wrote.</summary>
    /// <param name="url">The process, for example <c>http://127.0.0.1:8000</c>, or one of its health endpoints.</param>
    /// <param name="output">Gets one line.</param>
    /// <returns><see cref="Healthy"/> or <see cref="NotHealthy"/>.</returns>
    public static async Task<int> AskAsync(string url, TextWriter output)
    {
        if (HealthAddress.TryParse(url, out var address))
        {
            return await AskAsync(address, output);
        }

        await output.WriteLineAsync($"'{url}' is not an address to ask. Write it as http://127.0.0.1:8000/health/ready.");
        return NotHealthy;
    }

    /// <summary>Asks the process of this machine that has these settings.</summary>
    /// <param name="urls">The addresses that the process listens on, separated by semicolons.</param>
    /// <param name="output">Gets one line.</param>
    /// <returns><see cref="Healthy"/> or <see cref="NotHealthy"/>.</returns>
    public static async Task<int> AskOwnAsync(string urls, TextWriter output)
    {
        if (HealthAddress.OfThisMachine(urls) is { } address)
        {
            return await AskAsync(address, output);
        }

        await output.WriteLineAsync($"The settings say to listen on {urls}, which cannot be asked. Say what to ask, for example with --url http://127.0.0.1:8000.");
        return NotHealthy;
    }

    private static async Task<int> AskAsync(HealthAddress address, TextWriter output)
    {
        using var handler = address.NewHandler();
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = LongestAnswer };
        var (said, code) = await AskAsync(http, address);
        using var line = new StringWriter();
        OneLine.Write(line, said.Length > LongestShown ? said[..LongestShown] : said);
        await output.WriteLineAsync($"{address.Url.GetComponents(UriComponents.HttpRequestUrl, UriFormat.UriEscaped)}: {line}");
        return code;
    }

    private static async Task<(string Said, int Code)> AskAsync(HttpClient http, HealthAddress address)
    {
        try
        {
            using var response = await http.GetAsync(address.Url, HttpCompletionOption.ResponseHeadersRead);
            var status = (int)response.StatusCode;
            if (!response.Headers.Contains(HealthText.Header))
            {
                return (response.Headers.Location is { } elsewhere
                    ? $"{status} sends callers to {elsewhere}. Ask there."
                    : $"{status} from what is no health endpoint of a Webstream gateway or silo. Another program listens there, or the address is another one.", NotHealthy);
            }

            var said = await response.Content.ReadAsStringAsync();
            return ($"{status} {said}", response.StatusCode == HttpStatusCode.OK ? Healthy : NotHealthy);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException or IOException)
        {
            return (failure is HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError, InnerException: { } reason }
                ? $"{failure.Message} {reason.Message}"
                : failure.Message, NotHealthy);
        }
    }
}
