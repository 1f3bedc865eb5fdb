using System.Globalization;
using System.Net;
using System.Text.Json;
using Webstream.Protocol;

namespace Webstream.Mcp.Gateways;

/// <summary>The state of a port of this machine.</summary>
internal abstract record PortState
{
    /// <summary>Nothing listens there.</summary>
    public sealed record Free : PortState;

    /// <summary>A gateway.</summary>
    public sealed record Gateway(GatewayInfo Info) : PortState;

    /// <summary>Another program.</summary>
    /// <param name="Description">What is known of the program, for a person.</param>
    /// <param name="Silent">It takes connections and does not answer, so it may be a gateway that hangs.</param>
    public sealed record Taken(string Description, bool Silent = false) : PortState;
}

/// <summary>Finds out what listens on a port of this machine, always over loopback.</summary>
internal sealed class GatewayFinder(HttpClient http)
{
    // A dead connection may be left for each kind of request that can have been under way.
    private const int MaxLooks = 4;

    // A gateway answers this at once, but the machine may be busy with the start of programs.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>The address of a gateway on a port of this machine.</summary>
    public static Uri AddressOf(int port) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/"));

    public async Task<PortState> LookAsync(int port, CancellationToken cancellationToken)
    {
        for (var looks = 1; ; looks++)
        {
            try
            {
                return await LookOnceAsync(port, cancellationToken);
            }
            catch (HttpRequestException failure) when (failure.HttpRequestError == HttpRequestError.ConnectionError)
            {
                return new PortState.Free();
            }
            catch (HttpRequestException) when (looks < MaxLooks)
            {
                // The connection was kept open to a gateway that has ended since. The next connection is new.
            }
            catch (HttpRequestException)
            {
                return Taken(port, "it does not answer in HTTP");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                return Taken(port, "it takes connections and does not answer") with { Silent = true };
            }
        }
    }

    private async Task<PortState> LookOnceAsync(int port, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(Patience);
        using var answer = await http.GetAsync(new Uri(AddressOf(port), "api/info"), timeout.Token);
        var info = answer.IsSuccessStatusCode ? Parse(await answer.Content.ReadAsByteArrayAsync(timeout.Token)) : null;
        return info is { Name: "webstream", Instance.Length: > 0 } ? new PortState.Gateway(info) : Taken(port, Said(answer));
    }

    private static GatewayInfo? Parse(byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, WireJson.Instance.GatewayInfo);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Said(HttpResponseMessage answer)
    {
        var server = answer.Headers.Server.ToString();
        return server.Length is > 0 and < 100 ? $"it answers as '{server}'" : $"it answers HTTP {(int)answer.StatusCode}";
    }

    /// <summary>Another program on a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="said">How the program behaves, in words.</param>
    public static PortState.Taken Taken(int port, string said) =>
        new(PortOwner.Of(port) is { } owner ? $"{owner}; {said}" : $"its name is not known; {said}");
}
