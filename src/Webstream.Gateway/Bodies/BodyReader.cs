using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections.Features;
using Webstream.Gateway.Errors;
using Webstream.Gateway.Memory;
using Webstream.Protocol;

namespace Webstream.Gateway.Bodies;

/// <summary>
/// Reads whole bodies. Each body has a bound on its bytes and one on its time; all bodies together have a share of the memory.
/// A body's weight is charged while it arrives, and until its request is answered.
/// </summary>
internal sealed class BodyReader(GatewayMemory memory, TimeProvider time)
{
    // Until a body is whole it lies in the connection's blocks, which are at least half full. Then it is copied into one piece,
    // and its text exists once more in UTF-16.
    private const int BlockSize = 4096;
    private const int TimesWhileItComes = 2;
    private const int TimesWhenWhole = 4;

    // Longer bodies leave a quarter of the share to short bodies, because most pushes are short.
    private const int LongestShort = 64 * 1024;

    private readonly FairShare share = memory.Bodies;
    private readonly long mostWithLong = memory.Bodies.Limit / 4 * 3;

    /// <summary>Reads a request's body.</summary>
    /// <param name="context">The request, which keeps the charge until it is answered.</param>
    /// <param name="most">The most bytes.</param>
    /// <param name="within">How long it may take.</param>
    /// <param name="besides">What the whole body weighs besides, in bytes.</param>
    /// <exception cref="WebstreamException">The body is too long, too slow or broken off, or there is no room for it.</exception>
    public async Task<byte[]> ReadAsync(HttpContext context, int most, TimeSpan within, Func<ReadOnlySpan<byte>, long>? besides = null)
    {
        var declared = context.Request.ContentLength ?? 0;
        if (declared > most)
        {
            throw TooLarge(most);
        }

        var caller = CallerAddress.Of(context);
        // Checked before the first byte is asked for: the client need not send a body that cannot fit.
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
                // The client's hang-up does not cancel this read: the server then ends the read itself, and a cancellation of ours would be in its way.
                var reading = reader.ReadAsync(CancellationToken.None);
                if (!reading.IsCompletedSuccessfully)
                {
                    // Most bodies arrive together with their heads and need no timer.
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
            // No other request can follow on this connection, but the web server would look for one.
            CloseAfter(request);
            throw new WebstreamException(WebstreamError.Invalid, "The body is broken off or malformed.");
        }
        finally
        {
            // Waits until the timer's callback does not run any more: it would cancel a read of the connection's next request.
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
        // The web server must not take the rest of this body for another request.
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
            // Nobody reads the answer on a connection that has ended, but the web server would still look for the next request there.
            request.HttpContext.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        }
    }

    private static WebstreamException TooLarge(int most) =>
        new(WebstreamError.TooLarge, $"The body is larger than {most} bytes. Shorten the message, or send it in parts.");
}
