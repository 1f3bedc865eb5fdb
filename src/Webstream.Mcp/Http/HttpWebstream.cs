using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Webstream.Protocol;

namespace Webstream.Mcp.Http;

/// <summary>
/// <see cref="IWebstream"/> over HTTP to a gateway. When the connection fails, it looks for the gateway again and retries once. A push has
/// the same idempotency key both times, so that the retry does not push it twice.
/// </summary>
/// <param name="http">The client; it follows no redirects and has no timeout of its own.</param>
/// <param name="gateway">The gateway's address, with a slash at its end.</param>
/// <param name="key">The key to send to the gateway; null to send none.</param>
/// <param name="recover">Looks for the gateway after the connection failed.</param>
/// <param name="login">The login for a proxy before the gateway.</param>
internal sealed class HttpWebstream(
    HttpClient http, Uri gateway, Func<string?> key, Func<CancellationToken, Task> recover, AuthenticationHeaderValue? login = null) : IWebstream
{
    // A gateway answers a push within its own timeout, 4.5 seconds unless configured otherwise.
    private static readonly TimeSpan PushTime = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ReadTime = TimeSpan.FromSeconds(10);

    public async Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        PushRules.Check(request, int.MaxValue);
        var pushKey = request.IdempotencyKey ?? Guid.NewGuid().ToString("N");
        PushReceipt receipt;
        if (request.Items.Count == 1)
        {
            var answer = await AskAsync(() => GatewayRequests.Push(gateway, request, pushKey), WireJson.Instance.PushAnswer, PushTime, pushKey, cancellationToken);
            receipt = new()
            {
                Stream = answer.Stream,
                FirstId = answer.Id,
                LastId = answer.Id,
                Timestamp = answer.Timestamp,
                Clients = answer.Clients,
                Gateways = answer.Gateways,
                Foreign = answer.Foreign,
                Duplicate = answer.Duplicate,
                Settled = answer.Settled ?? true,
            };
        }
        else
        {
            var answer = await AskAsync(() => GatewayRequests.Push(gateway, request, pushKey), WireJson.Instance.BatchAnswer, PushTime, pushKey, cancellationToken);
            receipt = new()
            {
                Stream = answer.Stream,
                FirstId = answer.FirstId,
                LastId = answer.LastId,
                Timestamp = answer.Timestamp,
                Clients = answer.Clients,
                Gateways = answer.Gateways,
                Foreign = answer.Foreign,
                Duplicate = answer.Duplicate,
                Settled = answer.Settled ?? true,
            };
        }

        // If the key is our own, the duplicate is our own first try. For the pusher this is the first push.
        return request.IdempotencyKey is null ? receipt with { Duplicate = false } : receipt;
    }

    public Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) =>
        AskAsync(() => GatewayRequests.Read(gateway, request), WireJson.Instance.ReadPage, request.Wait + ReadTime, null, cancellationToken);

    public async Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken)
    {
        var list = await AskAsync(() => GatewayRequests.List(gateway, request), WireJson.Instance.StreamList, ReadTime, null, cancellationToken);
        // An older gateway lists all streams, whatever the request asks for.
        return list with { Streams = [.. list.Streams.Where(stream => stream.Name.Value.StartsWith(request.Prefix, StringComparison.Ordinal))] };
    }

    public Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken) =>
        AskAsync(() => GatewayRequests.Describe(gateway, stream), WireJson.Instance.StreamSummary, ReadTime, null, cancellationToken);

    private async Task<T> AskAsync<T>(Func<HttpRequestMessage> request, JsonTypeInfo<T> json, TimeSpan most, string? pushKey, CancellationToken cancellationToken)
    {
        var maybeIn = false;
        for (var isLast = false; ; isLast = true)
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(most);
            try
            {
                return await AskOnceAsync(request, json, pushKey, isLast, timeout.Token);
            }
            catch (HttpRequestException failure)
            {
                // Without a connection nothing was sent.
                maybeIn |= failure.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError);
                if (isLast)
                {
                    throw Lost(maybeIn, pushKey);
                }
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Lost(maybeIn: true, pushKey);
            }

            await recover(cancellationToken);
        }
    }

    private async Task<T> AskOnceAsync<T>(Func<HttpRequestMessage> create, JsonTypeInfo<T> json, string? pushKey, bool isLast, CancellationToken cancellationToken)
    {
        using var request = create();
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        var sentKey = key();
        if (sentKey is not null)
        {
            request.Headers.Add("X-API-Key", sentKey);
        }

        // This header is the proxy's: the gateway also takes its key from the other one.
        request.Headers.Authorization = login;

        using var answer = await http.SendAsync(request, cancellationToken);
        var body = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            var refusal = Refusal.Read(body);
            // The load balancer before the gateways lost the gateway that it had chosen. It will choose another.
            if (refusal is null && !isLast && answer.StatusCode is HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
            {
                throw new HttpRequestException(HttpRequestError.InvalidResponse, statusCode: answer.StatusCode);
            }

            throw Refusal.ToException(answer, refusal, gateway, sentKey is not null, login is not null, pushKey);
        }

        try
        {
            return JsonSerializer.Deserialize(body, json) ?? throw NotAGateway();
        }
        catch (JsonException)
        {
            throw NotAGateway();
        }
    }

    private WebstreamException NotAGateway() =>
        new(WebstreamError.Unavailable, $"What answers at {gateway} is not a Webstream gateway, or not of this version.");

    private WebstreamException Lost(bool maybeIn, string? pushKey) => (maybeIn, pushKey) switch
    {
        (true, not null) => new(WebstreamError.Unknown, $"The gateway at {gateway} did not answer, and it is not known whether the message went in. Push it again with the same idempotencyKey: it will not double.")
        {
            IdempotencyKey = pushKey,
        },
        (false, not null) => new(WebstreamError.Unavailable, $"The gateway at {gateway} cannot be reached; nothing was pushed. Try again in a moment, or ask a person to see whether it runs."),
        _ => new(WebstreamError.Unavailable, $"The gateway at {gateway} does not answer. Try again in a moment, or ask a person to see whether it runs."),
    };
}
