namespace Webstream.Mcp.Gateways;

/// <summary>
/// Tells a gateway of this machine that an assistant is open, so that it does not end for idleness: by one request that is held open. It
/// ends with this process, however that ends. A gateway that ends and comes back is told again.
/// </summary>
internal sealed class AssistantPresence(HttpClient http, int port, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private int begun;

    /// <summary>Begins to tell it, unless that has begun.</summary>
    public void Begin()
    {
        if (Interlocked.Exchange(ref begun, 1) == 0)
        {
            _ = Task.Run(HoldAsync, CancellationToken.None);
        }
    }

    private async Task HoldAsync()
    {
        var address = new Uri(GatewayFinder.AddressOf(port), "api/assistant");
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                using var answer = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, stopping);
                await using var body = await answer.Content.ReadAsStreamAsync(stopping);
                await body.CopyToAsync(Stream.Null, stopping);
            }
            catch (Exception away) when (away is HttpRequestException or IOException or OperationCanceledException)
            {
                // It has ended, or this process does.
            }

            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
