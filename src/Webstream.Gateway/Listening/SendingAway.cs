using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Listening;

/// <summary>
/// Answers a listener for which there is no place, not even to wait. The answer looks like a connection that was cut, and says when to come
/// back. After any status but 200 a browser does not ask again, and after an orderly end some libraries do not ask again either.
/// </summary>
internal static class SendingAway
{
    private const int ShortestRetryMilliseconds = 5_000;
    private const int LongestRetryMilliseconds = 15_000;

    // CANCEL, the stream is no longer needed: RFC 9113, section 7.
    private const int Cancelled = 8;

    /// <summary>Answers. Nothing must have been written before; afterwards the response is over.</summary>
    public static async Task AnswerAsync(HttpContext context)
    {
        var framing = HttpProtocol.IsHttp11(context.Request.Protocol) ? Framing.Chunked : Framing.Server;
        StreamHead.Write(context.Response, framing);
        var output = new ListenerOutput(context.Response.BodyWriter, framing);
        var retry = RandomNumberGenerator.GetInt32(ShortestRetryMilliseconds, LongestRetryMilliseconds + 1);
        SseFrame.WriteOpening(output, TimeSpan.FromMilliseconds(retry));
        // With chunked framing the connection ends here, without the last chunk.
        await output.FlushAsync(context.RequestAborted);
        context.Features.Get<IHttpResetFeature>()?.Reset(Cancelled);
    }
}
