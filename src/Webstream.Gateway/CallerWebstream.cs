using Webstream.Gateway.Access;
using Webstream.Gateway.Reading;
using Webstream.Protocol;

namespace Webstream.Gateway;

/// <summary>
/// The operations of this gateway for the caller of the request at hand, as endpoints and tools use them: each only if the caller may.
/// </summary>
/// <param name="inner">Carries them out.</param>
/// <param name="gate">Decides.</param>
/// <param name="streams">The list.</param>
/// <param name="http">Knows the request.</param>
internal sealed class CallerWebstream(GrainWebstream inner, AccessGate gate, VisibleStreams streams, IHttpContextAccessor http) : IWebstream
{
    private Caller Caller => Caller.Of(http.HttpContext ?? throw new InvalidOperationException("There is no request, so nobody may do anything."));

    public async Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        await gate.DemandAsync(Caller, AccessRequirement.Publish, request.Stream);
        return await inner.PushAsync(request, cancellationToken);
    }

    public async Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken)
    {
        await gate.DemandAsync(Caller, AccessRequirement.History, request.Stream);
        return await inner.ReadAsync(request, cancellationToken);
    }

    public async Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken)
    {
        var caller = Caller;
        await gate.DemandAsync(caller, AccessRequirement.List, null);
        return (await streams.ListAsync(caller, request).WaitAsync(cancellationToken)).List;
    }

    public async Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken)
    {
        await gate.DemandAsync(Caller, AccessRequirement.List, stream);
        return await inner.DescribeAsync(stream, cancellationToken);
    }
}
