using System.Globalization;
using System.Text;
using Webstream.Fuzz.Tests.Harness;

namespace Webstream.Fuzz.Tests.Http;

/// <summary>
/// Sends requests to a gateway, each followed by a known request, on the same connection where the server keeps it. No request may fail inside, stay
/// unanswered, or get the answer of another.
/// </summary>
internal sealed class FuzzedHttp(RunningGateway gateway) : IDisposable
{
    private HttpConnection? connection;
    private int number;

    /// <summary>Sends a request and the known request after it.</summary>
    /// <param name="head">The head without the Host line, the length of the body and the end of the head; its lines end with CR LF.</param>
    /// <param name="body">The body.</param>
    /// <returns>The answer, if there was one: the server may close the connection on a head that is no HTTP.</returns>
    public async Task<HttpAnswer?> AskAsync(byte[] head, byte[] body)
    {
        connection ??= await HttpConnection.OpenAsync(gateway.Address);
        byte[] request =
        [
            .. head, .. Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"Host: {gateway.Address.Authority}\r\nContent-Length: {body.Length}\r\n\r\n")), .. body,
        ];
        var answer = await connection.AskAsync(request);
        if (answer is null || answer.IsLast)
        {
            Close();
        }

        (answer?.Status ?? 400).ShouldBeLessThan(500, answer?.Body);
        (answer?.Body ?? "").ShouldNotContain("Exception:");
        (answer?.Body ?? "").ShouldNotContain("ModelContextProtocol.");
        await SentinelAsync();
        return answer;
    }

    public void Dispose() => Close();

    private async Task SentinelAsync()
    {
        connection ??= await HttpConnection.OpenAsync(gateway.Address);
        var name = string.Create(CultureInfo.InvariantCulture, $"sentinel-{number++}");
        var answer = await connection.AskAsync(Encoding.ASCII.GetBytes($"GET /api/streams/{name} HTTP/1.1\r\nHost: {gateway.Address.Authority}\r\n\r\n"));
        answer.ShouldNotBeNull("What was sent next on the connection has no answer.").Status.ShouldBe(200, answer.Body);
        answer.Body.ShouldStartWith($"{{\"name\":\"{name}\",");
        if (answer.IsLast)
        {
            Close();
        }
    }

    private void Close()
    {
        connection?.Dispose();
        connection = null;
    }
}
