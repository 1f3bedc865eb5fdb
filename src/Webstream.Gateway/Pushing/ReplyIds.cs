using Webstream.Gateway.Reading;
using Webstream.Gateway.Signing;
using Webstream.Gateway.Streams;
using Webstream.Protocol;

namespace Webstream.Gateway.Pushing;

/// <summary>
/// Finds the message that a reply answers, by the id that its pusher was shown. A listener that may not read history knows it by a signed id; whoever asked
/// looks for the id that it has in the history.
/// </summary>
internal sealed class ReplyIds(StreamRegistry streams, StreamStates states, EventIdSecret secret)
{
    /// <summary>A push whose replies name messages as the history does.</summary>
    public async ValueTask<PushRequest> ResolveAsync(PushRequest request)
    {
        var (stream, items) = (request.Stream, request.Items);
        if (!HasReplies(items))
        {
            return request;
        }

        if (await EpochOfAsync(stream) is not { } epoch)
        {
            // The cluster does not answer now. The push has patience, and what it names is right for all but listeners without history.
            return request;
        }

        if (items.All(item => item.InReplyTo is null || item.InReplyTo.Value.Epoch == epoch) || await secret.TryGetAsync() is not { } signer)
        {
            return request;
        }

        return request with
        {
            Items = [.. items.Select(item => item.InReplyTo is { } shown && signer.IsShown(stream, shown, epoch)
                ? item with { InReplyTo = new(epoch, shown.Sequence) }
                : item)],
        };
    }

    private async Task<ulong?> EpochOfAsync(StreamName stream)
    {
        if (streams.Find(stream)?.Position.Epoch is { } here and not 0)
        {
            return here;
        }

        try
        {
            return (await states.DescribeAsync(stream)).Epoch;
        }
        catch (WebstreamException)
        {
            return null;
        }
    }

    // Most pushes have none, and pay nothing.
    private static bool HasReplies(IReadOnlyList<PushItem> items)
    {
        for (var i = 0; i < items.Count; i++)
        {
            if (items[i].InReplyTo is not null)
            {
                return true;
            }
        }

        return false;
    }
}
