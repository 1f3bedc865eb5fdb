using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Webstream.Protocol;

namespace Webstream.Mcp.Http;

/// <summary>The members of a gateway's error that matter here (RFC 9457, and the original's <c>error</c>).</summary>
internal sealed record Refusal(string? Error, string? IdempotencyKey)
{
    private const int LongestText = 1000;

    /// <summary>The refusal in a gateway's answer; null when the answer is not a gateway's.</summary>
    public static Refusal? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, RefusalJson.Default.Refusal) is { Error: not null } refusal ? refusal : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The exception for an answer that is not a success.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="refusal">The refusal in the answer, if it is a gateway's.</param>
    /// <param name="gateway">The gateway's address.</param>
    /// <param name="hasKey">Whether a key was sent.</param>
    /// <param name="hasLogin">Whether a login for a proxy was sent.</param>
    /// <param name="pushKey">With a push: its idempotency key.</param>
    public static WebstreamException ToException(
        HttpResponseMessage answer, Refusal? refusal, Uri gateway, bool hasKey, bool hasLogin, string? pushKey)
    {
        var said = refusal?.Error is { } error ? Plain(error) : null;
        switch (answer.StatusCode)
        {
            case HttpStatusCode.Unauthorized when refusal is null || !ForeignLogin.IsGateways(answer):
                return new(WebstreamError.Invalid, ForeignLogin.Explain(answer, gateway, hasLogin));
            case HttpStatusCode.ProxyAuthenticationRequired:
                return new(
                    WebstreamError.Invalid,
                    $"The proxy through which this server reaches {gateway} asks for a login (407). A person must set it in HTTPS_PROXY or HTTP_PROXY.");
            case HttpStatusCode.Unauthorized:
                return new(WebstreamError.Invalid, hasKey
                    ? $"The gateway at {gateway} does not accept the key in WEBSTREAM_API_KEY. A person must set it to the gateway's own."
                    : $"The gateway at {gateway} takes messages only with a key. A person must set WEBSTREAM_API_KEY in this server's environment to the gateway's key (and WEBSTREAM_URL to its address: a key is sent to no other).");
            case HttpStatusCode.Forbidden when refusal is null:
                return new(
                    WebstreamError.Invalid,
                    $"A proxy before the gateway at {gateway} refuses this (403); it is not the gateway's answer. A person must look at that proxy.");
            case HttpStatusCode.Forbidden:
                return new(WebstreamError.Invalid, $"The gateway at {gateway} refuses this: {said}{(hasKey ? "" : " A key in WEBSTREAM_API_KEY would be let through.")}");
            case HttpStatusCode.RequestEntityTooLarge:
                return new(WebstreamError.TooLarge, said ?? "The message is too long for the gateway. Shorten it, or send it in parts.");
            case HttpStatusCode.Conflict:
                return new(WebstreamError.Closed, said ?? "The stream is closed and takes no more messages. Push to another stream.");
            case HttpStatusCode.UnprocessableEntity:
                return new(WebstreamError.KeyReused, said ?? "This idempotency key was used for another message. Use a new key for a new message.");
            case HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable:
                return new(WebstreamError.Unavailable, said ?? $"The gateway at {gateway} cannot take this now. Try again in a moment.") { RetryAfter = RetryAfter(answer) };
            case HttpStatusCode.NotFound when refusal is null:
                return new(WebstreamError.Unavailable, $"There is no Webstream gateway at {gateway}. A person must correct WEBSTREAM_URL.");
            case >= HttpStatusCode.MultipleChoices and < HttpStatusCode.BadRequest:
                return new(WebstreamError.Unavailable, $"{gateway} redirects elsewhere, which is not followed. A person must set WEBSTREAM_URL to where the gateway is.");
            case >= HttpStatusCode.InternalServerError when pushKey is not null:
                return new(WebstreamError.Unknown, said ?? $"The gateway at {gateway} failed, and it is not known whether the message went in. Push it again with the same idempotencyKey: it will not double.")
                {
                    IdempotencyKey = refusal?.IdempotencyKey ?? pushKey,
                    RetryAfter = RetryAfter(answer),
                };
            case >= HttpStatusCode.InternalServerError:
                return new(WebstreamError.Unavailable, said ?? $"The gateway at {gateway} failed. Try again in a moment.") { RetryAfter = RetryAfter(answer) };
            default:
                return new(WebstreamError.Invalid, said ?? $"The gateway at {gateway} refuses the request.");
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter?.Delta;

    // The text comes from elsewhere and goes to a model, so it becomes plain text of bounded length.
    private static string Plain(string text) =>
        new([.. text.Take(LongestText).Select(c => char.IsControl(c) ? ' ' : c)]);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Refusal))]
internal sealed partial class RefusalJson : JsonSerializerContext;
