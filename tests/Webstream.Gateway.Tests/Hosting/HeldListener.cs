using System.Text;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>A listener of which it cannot be told yet whether it may listen: it has its head and keepalives, and nothing else.</summary>
internal sealed class HeldListener : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly Stream body;
    private SseReader? reader;

    private HeldListener(HttpResponseMessage response, Stream body) => (this.response, this.body) = (response, body);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Opens one, and returns when it has a keepalive and no greeting.</summary>
    public static async Task<HeldListener> OpenAsync(TestGateway gateway, string path, params (string Name, string Value)[] headers)
    {
        var response = await gateway.SendAsync(HttpMethod.Get, path, headers);
        ((int)response.StatusCode).ShouldBe(200);
        var held = new HeldListener(response, await response.Content.ReadAsStreamAsync(Stop));
        var buffer = new byte[4096];
        var seen = "";
        while (!seen.Contains(": keepalive", StringComparison.Ordinal))
        {
            seen += Encoding.ASCII.GetString(buffer, 0, await held.body.ReadAsync(buffer, Stop));
        }

        seen.ShouldNotContain("Connected at");
        return held;
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<SseBlock?> NextAsync() => await (reader ??= new(body)).NextAsync(Stop);

    public async ValueTask DisposeAsync()
    {
        reader?.Dispose();
        await body.DisposeAsync();
        response.Dispose();
    }
}
