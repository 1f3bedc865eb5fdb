using Webstream.Gateway.Streams;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>
/// What streams are and hold, for those who read. A name that has neither history nor listeners is answered without making an owner for it:
/// anybody may ask for any name.
/// </summary>
internal sealed class StreamStates(IGrainFactory grains, StreamGrains owners, StreamRegistry hubs)
{
    /// <summary>A stream's state, as its owner knows it.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<StreamStatus> DescribeAsync(StreamName stream) => await FindUnusedAsync(stream) ?? await AskAsync(
        stream, owner => owner.Describe(), status => status);

    /// <summary>A page of a stream's history.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<HistoryPage> ReadAsync(StreamName stream, HistoryQuery query) => await FindUnusedAsync(stream) is { } unused
        ? new(unused, [])
        : await AskAsync(stream, owner => owner.Read(query), page => page.Status);

    /// <summary>The state of a stream that has neither history nor listeners; none when it has any.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<StreamStatus?> FindUnusedAsync(StreamName stream)
    {
        if (owners.Find(stream) is { HasHistory: true } || hubs.Find(stream) is not null)
        {
            return null;
        }

        try
        {
            return await ClusterCall.Of(() => grains.GetGrain<IStreamLookupGrain>(0).FindUnused(stream.Value));
        }
        catch (Exception failure) when (failure is not (WebstreamException or OutOfMemoryException))
        {
            // Silos of before, in the middle of an upgrade, do not know the question. Their owners do.
            return null;
        }
    }

    private async Task<T> AskAsync<T>(StreamName stream, Func<IStreamGrain, Task<T>> question, Func<T, StreamStatus> status)
    {
        var owner = owners.OwnerOf(stream);
        var answer = await ClusterCall.Of(() => question(owner.Grain));
        owner.HasHistory = status(answer).Epoch != 0;
        return answer;
    }
}
