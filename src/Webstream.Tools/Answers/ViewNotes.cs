using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>Our notes about messages. They stand outside the marked block, where the writers of messages cannot write.</summary>
internal static class ViewNotes
{
    private const int MaxNamed = 20;

    public static IEnumerable<string> Of(GatewayTarget target, IReadOnlyList<StreamMessage> messages, IReadOnlyList<MessageView> views)
    {
        var others = views.Where(view => view.AmongOptions == false).Select(view => view.Id).ToArray();
        if (others.Length > 0)
        {
            var more = others.Length > MaxNamed ? $" and {others.Length - MaxNamed} more" : "";
            yield return $"Not among the options of their question: {string.Join(", ", others.Take(MaxNamed))}{more}. Make sure of what is meant before you act on such a reply.";
        }

        // Only one message can be cut: the first that did not fit.
        if (views.FirstOrDefault(view => view.CutFromBytes is not null) is { } cut)
        {
            var whole = messages.First(message => message.Id.ToString() == cut.Id);
            var rest = new ReadCall { Stream = whole.Stream.Value, Id = cut.Id, Offset = cut.NextOffset };
            yield return $"Of the message {cut.Id} only the beginning is shown; it has {cut.CutFromBytes} bytes."
                + (OpenAddresses.Message(target, whole) is { } address ? $" The whole of it: {address}" : "")
                + $" The rest: {NextCall.Read(target, rest).InWords()}.";
        }
    }
}
