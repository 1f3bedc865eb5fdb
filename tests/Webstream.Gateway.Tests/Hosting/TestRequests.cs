using System.Net;
using System.Text;
using System.Text.Json;

namespace Webstream.Gateway.Tests.Hosting;

/// <summary>Requests in the form in which clients send them, and checks of the answers.</summary>
internal static class TestRequests
{
    public static async Task<HttpResponseMessage> SendAsync(
        this TestGateway gateway, HttpMethod method, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path);
        return await gateway.SendAsync(request, headers);
    }

    /// <summary>Posts exactly these bytes with exactly this content type; none: the header is absent.</summary>
    public static async Task<HttpResponseMessage> PostAsync(
        this TestGateway gateway, string path, byte[] body, string? contentType, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        if (contentType is not null)
        {
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType).ShouldBeTrue();
        }

        return await gateway.SendAsync(request, headers);
    }

    public static Task<HttpResponseMessage> PostAsync(
        this TestGateway gateway, string path, string body, string? contentType = "application/json", params (string Name, string Value)[] headers) =>
        gateway.PostAsync(path, Encoding.UTF8.GetBytes(body), contentType, headers);

    /// <summary>Reads an answer that must be a success.</summary>
    public static async Task<JsonElement> OkAsync(this Task<HttpResponseMessage> sending)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return Parse(text);
    }

    public static Task<JsonElement> GetAsync(this TestGateway gateway, string path) => gateway.SendAsync(HttpMethod.Get, path).OkAsync();

    /// <summary>Reads an answer that must be a problem of this status, and nothing else.</summary>
    /// <returns>Its <c>error</c> member.</returns>
    public static async Task<string> ProblemAsync(this Task<HttpResponseMessage> sending, int status)
    {
        using var response = await sending;
        return await response.ProblemAsync(status);
    }

    public static async Task<string> ProblemAsync(this HttpResponseMessage response, int status)
    {
        var text = await response.Content.ReadAsStringAsync();
        ((int)response.StatusCode).ShouldBe(status, text);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = Parse(text);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("detail").GetString().ShouldBe(problem.GetProperty("error").GetString());
        return problem.GetProperty("error").GetString()!;
    }

    public static async Task<string> HeadAsync(this TestGateway gateway, string stream) =>
        (await gateway.GetAsync($"/api/streams/{stream}")).GetProperty("head").GetString()!;

    /// <summary>The texts of all messages of a stream.</summary>
    public static async Task<string[]> MessagesAsync(this TestGateway gateway, string stream) =>
        [.. (await gateway.GetAsync($"/api/streams/{stream}/messages?limit=1000")).GetProperty("messages").EnumerateArray()
            .Select(message => message.GetProperty("message").GetString()!)];

    public static string[] MemberNames(this JsonElement json) => [.. json.EnumerateObject().Select(member => member.Name)];

    private static async Task<HttpResponseMessage> SendAsync(
        this TestGateway gateway, HttpRequestMessage request, (string Name, string Value)[] headers)
    {
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value).ShouldBeTrue();
        }

        return await gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    private static JsonElement Parse(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
