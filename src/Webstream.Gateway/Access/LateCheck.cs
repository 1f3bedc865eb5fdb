using Webstream.Protocol;

namespace Webstream.Gateway.Access;

/// <summary>
/// Asks once more whether the caller of a request may do what its endpoint does. For requests that took their time: the body came slowly, and meanwhile the
/// key may have been revoked.
/// </summary>
internal sealed class LateCheck(AccessGate gate, CallersNow callers)
{
    /// <summary>Refuses a caller that may not, by what is known now.</summary>
    /// <param name="context">The request.</param>
    /// <param name="stream">The stream that it names, if it names one.</param>
    /// <returns>The caller as it is now.</returns>
    /// <exception cref="WebstreamException">It may not, or not any more.</exception>
    public async ValueTask<Caller> DemandAsync(HttpContext context, StreamName? stream)
    {
        var caller = Caller.Of(context);
        await callers.RefreshAsync(caller);
        caller = callers.Of(caller);
        var requirement = context.GetEndpoint()?.Metadata.GetMetadata<AccessRequirement>()
            ?? throw new InvalidOperationException("The endpoint says nothing about rights.");
        await gate.DemandAsync(caller, requirement, stream);
        return caller;
    }
}
