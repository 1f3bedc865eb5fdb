using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Answers a listener for whom there is no place even to wait: as if it had been connected and cut, and with when to come back. Any other
/// status than 200 would be the last that a browser asks, and some libraries take an orderly end for the last as well.
/// </summary>
internal static class SendingAway
{
    private const int ShortestRetryMilliseconds = 5_000;
    private const int LongestRetryMilliseconds = 15_000;

    // The stream is of no more use: RFC 9113, section 7.
    private const int Cancelled = 8;

    /// <summary>Answers. Nothing was written before; afterwards the response is over.</summary>
    public static async Task AnswerAsync(HttpContext context)
    {
        var framing = HttpProtocol.IsHttp11(context.Request.Protocol) ? Framing.Chunked : Framing.Server;
        StreamEndpoint.Open(context.Response, framing);
        var output = new ListenerOutput(context.Response.BodyWriter, framing);
        var retry = RandomNumberGenerator.GetInt32(ShortestRetryMilliseconds, LongestRetryMilliseconds + 1);
        SseFrame.WriteOpening(output, TimeSpan.FromMilliseconds(retry));
        // In chunks the connection ends here, without the last one.
        await output.FlushAsync(context.RequestAborted);
        context.Features.Get<IHttpResetFeature>()?.Reset(Cancelled);
    }
}
