using System.Net.Http.Headers;
using System.Text;
using Webstream.Gateway.Tests.Hosting;

namespace Webstream.Gateway.Tests.Sessions;

/// <summary>Requests as a browser sends them for a page, with the cookie that it keeps.</summary>
internal sealed class Page(Uri gateway, params (string Name, string Value)[] headers) : IDisposable
{
    private readonly HttpClient client = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = gateway, Timeout = TimeSpan.FromMinutes(1) };

    /// <summary>The cookie that it sends; none: it has none.</summary>
    public string? Cookie { get; set; }

    /// <summary>The cookie as it was set last, with its attributes.</summary>
    public string? SetCookie { get; private set; }

    /// <summary>A page of the gateway itself.</summary>
    public static Page OwnOf(Uri gateway) => new(gateway, ("Origin", gateway.GetLeftPart(UriPartial.Authority)));

    /// <summary>The same browser for another page, or another gateway.</summary>
    public Page As(Uri other, params (string Name, string Value)[] others) => new(other, others) { Cookie = Cookie };

    /// <summary>Begins a session.</summary>
    public async Task<Page> LoginAsync(string key)
    {
        await SendAsync(HttpMethod.Post, "/api/session", ("X-API-Key", key)).OkAsync();
        Cookie.ShouldNotBeNull();
        return this;
    }

    public Task<HttpResponseMessage> PushAsync(string stream, string text = "text") =>
        SendAsync(new(HttpMethod.Post, $"/api/push?stream={stream}") { Content = new StringContent(text) });

    public Task<HttpResponseMessage> PostAsync(string path, string json, params (string Name, string Value)[] more) =>
        SendAsync(new(HttpMethod.Post, path) { Content = new StringContent(json, Encoding.UTF8, "application/json") }, more);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] more) => SendAsync(new(method, path), more);

    public void Dispose() => client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, params (string Name, string Value)[] more)
    {
        using (request)
        {
            foreach (var (name, value) in headers.Concat(more))
            {
                request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
            }

            if (Cookie is not null)
            {
                request.Headers.Add("Cookie", Cookie);
            }

            var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (CookieIn(answer.Headers) is { } set)
            {
                SetCookie = set;
                var pair = set.Split(';')[0];
                Cookie = pair.EndsWith('=') ? null : pair;
            }

            return answer;
        }
    }

    private static string? CookieIn(HttpResponseHeaders headers) => headers.TryGetValues("Set-Cookie", out var values) ? values.ShouldHaveSingleItem() : null;
}
