namespace Webstream.Mcp.Gateways;

/// <summary>
/// Tells a gateway of this machine that an assistant is open, so that the gateway does not end for idleness. It does so by one request that
/// stays open, and that ends with this process, however the process ends. After a restart the gateway is told again.
/// </summary>
internal sealed class AssistantPresence(HttpClient http, int port, TimeProvider time, CancellationToken stopping)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private int begun;

    /// <summary>Begins to tell the gateway. Further calls do nothing.</summary>
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
                // The gateway has ended, or this process is ending.
            }

            await Task.Delay(Pause, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
