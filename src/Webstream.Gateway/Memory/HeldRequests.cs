using Webstream.Gateway.Errors;

namespace Webstream.Gateway.Memory;

/// <summary>The charge for a request as long as it lasts. Metadata of an endpoint.</summary>
/// <param name="Bytes">How many bytes.</param>
/// <param name="MaxTime">How long the request may last, until its answer has been sent; then it is cut. None: for ever.</param>
internal sealed record HeldRequest(long Bytes, TimeSpan? MaxTime);

/// <summary>Charges requests that can last, and refuses those for which there is no room.</summary>
internal sealed class HeldRequests(GatewayMemory memory, TimeProvider time)
{
    /// <summary>After how long a refused client is asked to come back.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    /// <summary>Serves a request if there is room for it.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<HeldRequest>() is { } held ? HoldAsync(context, next, held) : next(context);

    private async Task HoldAsync(HttpContext context, RequestDelegate next, HeldRequest held)
    {
        using var charge = memory.Held.ChargeFor(CallerAddress.Of(context));
        if (charge.TryHold(GatewayMemory.WeightOf(context, held.Bytes)) is not Room.Given and var refusal)
        {
            await Refuse(refusal).ExecuteAsync(context);
            return;
        }

        context.Features.Set(charge);

        if (held.MaxTime is not { } most)
        {
            await next(context);
            return;
        }

        // A client that does not read its answer shall not keep its place.
        await using var timer = time.CreateTimer(static cut => ((HttpContext)cut!).Abort(), context, most, Timeout.InfiniteTimeSpan);
        await next(context);
    }

    /// <summary>Charges an answer to its request, until its reader has it.</summary>
    /// <returns>The refusal when there is no room for it; else the answer.</returns>
    public static IResult Answer(HttpContext context, long bytes, Func<IResult> answer) =>
        context.Features.Get<MemoryCharge>() is { } charge && charge.TryHold(charge.Held + bytes) is not Room.Given and var refusal ? Refuse(refusal) : answer();

    private static IResult Refuse(Room room) => room == Room.NoneForThisAddress
        ? Problems.Later(
            StatusCodes.Status429TooManyRequests,
            "This address has half of what the gateway can hold open, and others need the rest. End some of its requests that wait, or ask again later without waiting.",
            RetryAfter)
        : Problems.Later(
            StatusCodes.Status503ServiceUnavailable,
            "The gateway holds as many requests open as its memory allows (Webstream__Memory__Held). Ask again later, or another gateway.",
            RetryAfter);
}

/// <summary>Marks endpoints whose requests are charged.</summary>
internal static class HeldRequestConventions
{
    // Longer than any wait that a client can ask for, and longer than a slow client needs for a large answer.
    private static readonly TimeSpan MaxTime = TimeSpan.FromMinutes(2);

    /// <summary>Requests to this endpoint are charged as long as they last, which is two minutes at the most.</summary>
    public static TBuilder Holds<TBuilder>(this TBuilder endpoint, long bytes)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new HeldRequest(bytes, MaxTime));

    /// <summary>Requests to this endpoint are charged for as long as they last.</summary>
    public static TBuilder HoldsForEver<TBuilder>(this TBuilder endpoint, long bytes)
        where TBuilder : IEndpointConventionBuilder => endpoint.WithMetadata(new HeldRequest(bytes, null));
}
