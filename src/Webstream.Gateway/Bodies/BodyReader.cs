using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.Bodies;

/// <summary>
/// Reads bodies whole: each no further than its bound and no longer than it may take, all together into no more memory than
/// their share. What a body weighs is charged as it comes, and until its request is answered.
/// </summary>
internal sealed class BodyReader(GatewayMemory memory, TimeProvider time)
{
    // A body lies in the connection's blocks, half full at the least, until it is whole. Then it is copied into one piece,
    // and what it says is in UTF-16 once more.
    private const int BlockSize = 4096;
    private const int TimesWhileItComes = 2;
    private const int TimesWhenWhole = 4;

    // Longer ones leave a quarter of the share to the short ones that most pushes are.
    private const int LongestShort = 64 * 1024;

    private readonly FairShare share = memory.Bodies;
    private readonly long mostWithLong = memory.Bodies.Limit / 4 * 3;

    /// <summary>Reads a request's body.</summary>
    /// <param name="context">The request, which keeps the charge until it is answered.</param>
    /// <param name="most">The most bytes.</param>
    /// <param name="within">How long it may take.</param>
    /// <param name="besides">What the whole body weighs besides, in bytes.</param>
    /// <exception cref="WebstreamException">It is too long, too slow, broken off, or there is no room for it.</exception>
    public async Task<byte[]> ReadAsync(HttpContext context, int most, TimeSpan within, Func<ReadOnlySpan<byte>, long>? besides = null)
    {
        var declared = context.Request.ContentLength ?? 0;
        if (declared > most)
        {
            throw TooLarge(most);
        }

        var caller = CallerAddress.Of(context);
        // Before its first byte is asked for: what cannot fit need not be sent.
        Demand(share.Look(caller, TimesWhenWhole * declared, MaxWith(declared)));
        var charge = share.ChargeFor(caller);
        try
        {
            var body = await ReadAsync(context.Request, most, within, charge);
            Demand(charge.TryHold((TimesWhenWhole * body.LongLength) + (besides?.Invoke(body) ?? 0), MaxWith(body.Length)));
            context.Response.RegisterForDispose(charge);
            return body;
        }
        catch
        {
            charge.Dispose();
            throw;
        }
    }

    private async Task<byte[]> ReadAsync(HttpRequest request, int most, TimeSpan within, MemoryCharge charge)
    {
        var reader = request.BodyReader;
        ITimer? deadline = null;
        try
        {
            while (true)
            {
                // Not cancelled when the client hangs up: the server ends the read itself then, and would find ours in its way.
                var reading = reader.ReadAsync(CancellationToken.None);
                if (!reading.IsCompletedSuccessfully)
                {
                    // Most bodies are there with their heads and need none.
                    deadline ??= time.CreateTimer(
                        static reader => ((PipeReader)reader!).CancelPendingRead(), reader, within, Timeout.InfiniteTimeSpan);
                }

                var read = await reading;
                var isOver = true;
                try
                {
                    if (read.IsCanceled)
                    {
                        throw TooSlow(request, within);
                    }

                    if (read.Buffer.Length > most)
                    {
                        throw TooLarge(most);
                    }

                    if (read.IsCompleted)
                    {
                        return read.Buffer.ToArray();
                    }

                    Demand(charge.TryHold(BlockSize + (TimesWhileItComes * read.Buffer.Length), MaxWith(read.Buffer.Length)));
                    isOver = false;
                }
                finally
                {
                    reader.AdvanceTo(isOver ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
                }
            }
        }
        catch (BadHttpRequestException failure) when (failure.StatusCode == StatusCodes.Status408RequestTimeout)
        {
            throw TooSlow(request, within);
        }
        catch (Exception failure) when (failure is BadHttpRequestException or IOException)
        {
            // Nor can there be another request behind it: the web server would look for one.
            CloseAfter(request);
            throw new WebstreamException(WebstreamError.Invalid, "The body is broken off or malformed.");
        }
        finally
        {
            // Waits until it does not run any more: it would cancel a read of the connection's next request.
            await (deadline?.DisposeAsync() ?? default);
        }
    }

    private long MaxWith(long length) => length > LongestShort ? mostWithLong : share.Limit;

    private static void Demand(Room room)
    {
        if (room == Room.NoneForThisAddress)
        {
            throw new WebstreamException(
                WebstreamError.TooMuch,
                "The bodies that this address sends at once fill half of the room for all of them, and others need the rest; nothing was pushed. Send fewer at once, or try again in a moment.")
            { RetryAfter = Problems.RetryAfter };
        }

        if (room != Room.Given)
        {
            throw new WebstreamException(
                WebstreamError.Unavailable,
                "The bodies that are under way fill the room for them (Webstream__Memory__Bodies); nothing was pushed. Try again in a moment, or send less at once.");
        }
    }

    private static WebstreamException TooSlow(HttpRequest request, TimeSpan within)
    {
        // What still comes of this body must not be taken for another request.
        CloseAfter(request);
        return new(
            WebstreamError.TooSlow,
            FormattableString.Invariant($"The body had not come whole after {within.TotalSeconds:0.###} seconds; nothing was pushed. Send it faster, or in parts."));
    }

    private static void CloseAfter(HttpRequest request)
    {
        if (HttpProtocol.IsHttp11(request.Protocol) || HttpProtocol.IsHttp10(request.Protocol))
        {
            request.HttpContext.Response.Headers.Connection = "close";
            // Of a connection that has ended nobody reads the answer; the web server would look for the next request all the same.
            request.HttpContext.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    private static WebstreamException TooLarge(int most) =>
        new(WebstreamError.TooLarge, $"The body is larger than {most} bytes. Shorten the message, or send it in parts.");
}
