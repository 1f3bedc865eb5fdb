using Webstream.Gateway.Access;
using Webstream.Gateway.Audit;
using Webstream.Gateway.Limits;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Reading;
using Webstream.Protocol;

namespace Webstream.Gateway;

/// <summary>
/// The operations of this gateway for the caller of the request at hand, as endpoints and tools use them: each only if the caller may.
/// </summary>
/// <param name="inner">Carries them out.</param>
/// <param name="gate">Decides.</param>
/// <param name="callers">Looks at callers again.</param>
/// <param name="limits">Holds callers to their limits.</param>
/// <param name="newStreams">Holds them to their limit of new streams.</param>
/// <param name="replies">Finds what replies answer.</param>
/// <param name="streams">The list.</param>
/// <param name="http">Knows the request.</param>
internal sealed class CallerWebstream(
    GrainWebstream inner, AccessGate gate, CallersNow callers, CallerLimits limits, NewStreams newStreams, ReplyIds replies, VisibleStreams streams,
    IHttpContextAccessor http) : IWebstream
{
    public async Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        var caller = await CallerAsync();
        AuditNotes.Add(Request, "push to", request.Stream);
        await gate.DemandAsync(caller, AccessRequirement.Publish, request.Stream);
        limits.TakePush(caller, request);
        request = await replies.ResolveAsync(request);
        return await newStreams.PushAsync(
            caller, WithSource(request, caller) with { Caller = caller.Key?.Name, Quota = caller.Key?.Quota }, inner.PushAsync, cancellationToken);
    }

    public async Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        var caller = await CallerAsync();
        AuditNotes.Add(Request, "read", request.Stream);
        await gate.DemandAsync(caller, AccessRequirement.History, request.Stream);
        var page = await inner.ReadAsync(request, cancellationToken);
        if (request.Wait > TimeSpan.Zero)
        {
            // The right may have ended during the wait.
            await gate.DemandAsync(await CallerAsync(), AccessRequirement.History, request.Stream);
        }

        return page;
    }

    public async Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken)
    {
        var caller = await CallerAsync();
        await gate.DemandAsync(caller, AccessRequirement.List, null);
        return (await streams.ListAsync(caller, request).WaitAsync(cancellationToken)).List;
    }

    public async Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken)
    {
        AuditNotes.Add(Request, "describe", stream);
        await gate.DemandAsync(await CallerAsync(), AccessRequirement.Describe, stream);
        return await inner.DescribeAsync(stream, cancellationToken);
    }

    private HttpContext Request => http.HttpContext ?? throw new InvalidOperationException("There is no request, so nobody may do anything.");

    // A tool's call may last, and does several things one after another.
    private async ValueTask<Caller> CallerAsync()
    {
        var caller = Caller.Of(Request);
        if (caller.Key is not { MayEnd: true })
        {
            return caller;
        }

        await callers.RefreshAsync(caller);
        return callers.Of(caller);
    }

    // A named key and a token vouch for a source, and only for their own. The shared key may be anybody's.
    private static PushRequest WithSource(PushRequest request, Caller caller)
    {
        if (caller.Key?.Source is not { } name)
        {
            return request;
        }

        return request with
        {
            Items = [.. request.Items.Select(item => item with { Source = item.Source ?? name, SourceVerified = item.Source is null || item.Source == name })],
        };
    }
}
