using System.Buffers;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>Reads a body whole, but no further than its bound.</summary>
internal static class PushBodyReader
{
    /// <exception cref="WebstreamException">The body is longer than <paramref name="most"/> bytes, or broken off.</exception>
    public static async Task<byte[]> ReadAsync(HttpRequest request, int most)
    {
        if (request.ContentLength > most)
        {
            throw TooLarge(most);
        }

        var reader = request.BodyReader;
        try
        {
            while (true)
            {
                // Not cancelled when the client hangs up: the server ends the read itself then, and would find ours in its way.
                var read = await reader.ReadAsync(CancellationToken.None);
                if (read.Buffer.Length > most)
                {
                    throw TooLarge(most);
                }

                if (read.IsCompleted)
                {
                    var body = read.Buffer.ToArray();
                    reader.AdvanceTo(read.Buffer.End);
                    return body;
                }

                reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            }
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            throw TooLarge(most);
        }
        catch (Exception failure) when (failure is BadHttpRequestException or IOException)
        {
            throw new WebstreamException(WebstreamError.Invalid, "The body is broken off or malformed.");
        }
    }

    private static WebstreamException TooLarge(int most) =>
        new(WebstreamError.TooLarge, $"The body is larger than {most} bytes. Shorten the message, or send it in parts.");
}
