using Microsoft.Extensions.Options;
using Webstream.Gateway.Idle;
using Webstream.Gateway.Pushing;
using Webstream.Gateway.Reading;
using Webstream.Protocol;

namespace Webstream.Gateway;

/// <summary><see cref="IWebstream"/> over the cluster: what pushes and what reads, side by side.</summary>
internal sealed class GrainWebstream(
    Pusher pusher, MessageReader reader, StreamStates states, StreamLists lists, IdleClock idle, IOptions<PushOptions> options, TimeProvider time) : IWebstream
{
    public Task<PushReceipt> PushAsync(PushRequest request, CancellationToken cancellationToken)
    {
        PushRules.Check(request, options.Value.MaxMessageBytes);
        idle.Touch();
        return pusher.PushAsync(request, cancellationToken);
    }

    public Task<ReadPage> ReadAsync(ReadRequest request, CancellationToken cancellationToken) => reader.ReadAsync(request, cancellationToken);

    public async Task<StreamList> ListAsync(StreamListRequest request, CancellationToken cancellationToken) =>
        (await lists.ListAsync(request).WaitAsync(cancellationToken)).List;

    public async Task<StreamSummary> DescribeAsync(StreamName stream, CancellationToken cancellationToken) =>
        (await states.DescribeAsync(stream)).Summarise(stream, time.GetUtcNow());
}
