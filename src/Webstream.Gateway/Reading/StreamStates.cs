using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>
/// The state and the history of streams, for readers. A name that has neither history nor listeners is answered without making an owner for
/// it, because anybody may ask for any name.
/// </summary>
internal sealed class StreamStates(IGrainFactory grains, StreamRegistry streams)
{
    /// <summary>A stream's state, as its owner knows it.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<StreamStatus> DescribeAsync(StreamName stream) =>
        await FindUnusedAsync(stream) ?? await ClusterCall.Of(streams.OwnerOf(stream).DescribeAsync);

    /// <summary>A page of a stream's history.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<HistoryPage> ReadAsync(StreamName stream, HistoryQuery query) => await FindUnusedAsync(stream) is { } unused
        ? new(unused, [])
        : await ClusterCall.Of(() => streams.OwnerOf(stream).ReadAsync(query));

    /// <summary>The state of a stream that has neither history nor listeners; none when it has any.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<StreamStatus?> FindUnusedAsync(StreamName stream)
    {
        if (streams.FindOwner(stream) is { HasHistory: true } || streams.Find(stream) is not null)
        {
            return null;
        }

        try
        {
            return await ClusterCall.Of(() => grains.GetGrain<IStreamLookupGrain>(0).FindUnused(stream.Value));
        }
        catch (Exception failure) when (ClusterCall.MayBeUnknown(failure))
        {
            // Ask the owner: the owners on such an older silo know the answer.
            return null;
        }
    }
}
