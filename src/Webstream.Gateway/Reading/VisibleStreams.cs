using Webstream.Gateway.Access;
using Webstream.Protocol;

namespace Webstream.Gateway.Reading;

/// <summary>The list of streams as a caller may see it.</summary>
internal sealed class VisibleStreams(StreamLists lists, AccessGate gate)
{
    /// <summary>Reads a page. It names only streams that the caller may know of, also as the place where the next page begins.</summary>
    /// <exception cref="WebstreamException">The cluster did not answer.</exception>
    public async Task<ListedStreams> ListAsync(Caller caller, StreamListRequest request)
    {
        var page = await lists.ListAsync(request);
        // Not for each stream: a page has a thousand, and anybody may ask for it again and again.
        if (await gate.AllowsAsync(caller, AccessRequirement.ListAll, null))
        {
            return page;
        }

        var shown = await VisibleAsync(caller, page.List.Streams);
        if (shown.Count == page.List.Streams.Count)
        {
            return page;
        }

        while (page.List.Next is { } next && shown.Count <= request.Limit)
        {
            page = await lists.ListAsync(request with { After = next, Limit = StreamListRequest.MaxLimit });
            shown.AddRange(await VisibleAsync(caller, page.List.Streams));
        }

        return new(shown.Count <= request.Limit ? new(shown) : new([.. shown.Take(request.Limit)], shown[request.Limit - 1].Name));
    }

    private async ValueTask<List<StreamSummary>> VisibleAsync(Caller caller, IReadOnlyList<StreamSummary> streams)
    {
        var shown = new List<StreamSummary>(streams.Count);
        foreach (var stream in streams)
        {
            if (await gate.AllowsAsync(caller, AccessRequirement.List, stream.Name))
            {
                shown.Add(stream);
            }
        }

        return shown;
    }
}
