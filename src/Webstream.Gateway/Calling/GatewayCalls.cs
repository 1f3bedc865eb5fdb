using System.Net.Http.Headers;
using System.Text.Json;
using Webstream.Gateway.Access;
using Webstream.Grains.Hosting;
using Webstream.Protocol;
using Webstream.ServiceDefaults.Health;
using Webstream.ServiceDefaults.Settings;
using Webstream.ServiceDefaults.Starting;
using Webstream.ServiceDefaults.State;

namespace Webstream.Gateway.Calling;

/// <summary>How the commands of this program call a gateway that runs.</summary>
internal static class GatewayCalls
{
    /// <summary>A client for a gateway: the one at an address, or the one of this machine that these settings describe.</summary>
    /// <param name="url">The address; none: this machine's.</param>
    /// <param name="urls">The addresses that the gateway of this machine listens on, separated by semicolons.</param>
    /// <exception cref="StartRefusedException">There is no address to call.</exception>
    public static HttpClient Find(string? url, Func<string> urls)
    {
        var configuration = ListenSettings.Read([]);
        var webstream = configuration.GetSection("Webstream");
        if (url is not null)
        {
            return At(url, webstream);
        }

        var listened = urls();
        var cluster = ClusterMembership.Read(webstream);
        var place = string.IsNullOrEmpty(cluster.Redis) && string.IsNullOrEmpty(cluster.Silos) ? PlaceOf(configuration, listened) : HistoryPlace.InMemory;
        return OfThisMachine(listened, webstream, place);
    }

    /// <summary>A client for the gateway at an address that a person wrote.</summary>
    /// <exception cref="StartRefusedException">It is no address.</exception>
    public static HttpClient At(string url, IConfiguration webstream) => HealthAddress.TryParse(url, out var address)
        ? To(address, webstream, secret: null)
        : throw new StartRefusedException($"'{url}' is not the address of a gateway. Write it as http://127.0.0.1:8000.");

    /// <summary>A client for the gateway of this machine, with the secret that it left for its own user.</summary>
    /// <exception cref="StartRefusedException">It listens where nobody can ask.</exception>
    public static HttpClient OfThisMachine(string urls, IConfiguration webstream, HistoryPlace place) => HealthAddress.OfThisMachine(urls) is { } own
        ? To(own, webstream, place.Path is null ? null : LocalSecret.Read(place.Path))
        : throw new StartRefusedException($"The settings say to listen on {urls}, which cannot be asked. Name the gateway with --url.");

    /// <summary>Where a gateway with these settings and addresses has its history.</summary>
    public static HistoryPlace PlaceOf(IConfiguration configuration, string urls)
    {
        var first = BindingAddress.Parse(urls.Split(';')[0]);
        var name = first is { Port: > 0, IsUnixPipe: false, IsNamedPipe: false } ? $"gateway-{first.Port}" : null;
        return HistoryPlace.Find(configuration.GetSection("Webstream"), configuration[StateFolder.Variable], name);
    }

    /// <summary>Sends a request.</summary>
    /// <exception cref="WebstreamException">The answer is no success. The text is that of the answer.</exception>
    public static async Task<HttpResponseMessage> SendAsync(
        this HttpClient http, HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (response.IsSuccessStatusCode)
        {
            return response;
        }

        using (response)
        {
            throw new WebstreamException(WebstreamError.Invalid, ErrorIn(await response.Content.ReadAsStringAsync(cancellationToken))
                ?? $"{http.BaseAddress} answers {(int)response.StatusCode}: it is no Webstream gateway that knows this command.");
        }
    }

    /// <summary>What a person can do about a failure; null when it is a fault of the program.</summary>
    public static StartRefusedException? RefusalOf(Exception failure) => failure switch
    {
        WebstreamException refused => new(refused.Message),
        HttpRequestException or IOException or UnauthorizedAccessException => new(failure.Message),
        Grains.History.HistoryAwayException => new(failure.Message),
        OperationCanceledException => new("It was asked to end before it was done.", ExitCode.Refused),
        _ => null,
    };

    private static HttpClient To(HealthAddress address, IConfiguration webstream, string? secret)
    {
        var http = new HttpClient(address.NewHandler()) { BaseAddress = address.Root, Timeout = Timeout.InfiniteTimeSpan };
        var key = Environment.GetEnvironmentVariable("WEBSTREAM_API_KEY") is { Length: > 0 } given ? given : webstream["ApiKey"];
        if (!string.IsNullOrEmpty(key))
        {
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (secret is not null)
        {
            http.DefaultRequestHeaders.Add(LocalSecret.Header, secret);
        }

        return http;
    }

    private static string? ErrorIn(string body)
    {
        try
        {
            using var problem = JsonDocument.Parse(body);
            return problem.RootElement.TryGetProperty("error", out var error) ? error.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
