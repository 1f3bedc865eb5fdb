using Webstream.Gateway.FanOut;

namespace Webstream.Gateway.Listening;

/// <summary>The head of an event stream's response.</summary>
internal static class StreamHead
{
    /// <summary>Answers that the stream is over for this listener, which has everything up to its end: it shall not come back.</summary>
    public static void WriteOver(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status204NoContent;
        response.Headers.AccessControlAllowOrigin = "*";
    }

    /// <summary>Sets the headers.</summary>
    public static void Write(HttpResponse response, Framing framing)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        response.Headers.CacheControl = "no-cache, no-transform";
        // nginx and similar proxies buffer answers unless they are told not to.
        response.Headers["X-Accel-Buffering"] = "no";
        // The CORS policy sets this header only for requests that name an origin; the original set it for every request.
        response.Headers.AccessControlAllowOrigin = "*";
        if (framing == Framing.Chunked)
        {
            response.Headers.TransferEncoding = "chunked";
            response.Headers.Connection = "close";
        }
    }
}
