using ModelContextProtocol.Protocol;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The answer of <c>read_stream</c> to <c>id</c>: a part of one message.</summary>
internal static class PartAnswer
{
    public static CallToolResult Of(GatewayTarget target, StreamName stream, MessagePart part)
    {
        var view = part.View;
        var fence = Fence.For(view)!;
        var call = new ReadCall { Stream = stream.Value };
        // At the end it goes on behind the message.
        call = view.NextOffset is { } offset ? call with { Id = view.Id, Offset = offset } : call with { After = view.Id };
        var result = new ReadResult
        {
            Stream = stream.Value,
            Untrusted = fence.Notice,
            Begin = fence.Marker,
            Messages = [view],
            End = fence.Marker,
            Next = view.Id,
            More = part.Message.Id.Sequence < part.Head.Sequence,
            Head = part.Head.ToString(),
            NextCall = NextCall.Read(target, call),
            Notes = ToolResult.Some(target.Notes),
        };
        var what = view.CutFromBytes is { } bytes
            ? $"Bytes {view.Offset ?? 0} to {view.NextOffset ?? bytes} of {bytes} of the message {view.Id}"
            : $"The message {view.Id}";
        var text = $"{what} of the stream {stream}:\n{UntrustedBlock.Around([view], fence)}{NoteLines.Of(result.Notes)}"
            + (view.NextOffset is null ? $"This is its end. What came later: {result.NextCall.InWords()}." : $"Its next part: {result.NextCall.InWords()}.");
        return ToolAnswer.Of(text, result, ToolJson.Instance.ReadResult);
    }
}
