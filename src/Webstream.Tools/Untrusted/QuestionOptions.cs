using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>The options of the questions that messages reply to, so that a reply outside of its options can be flagged.</summary>
internal sealed class QuestionOptions
{
    // Each question costs a request. A stream full of replies to different questions must not cause as many requests.
    private const int MaxLookups = 16;

    private readonly Dictionary<EventId, IReadOnlyList<string>?> known = [];

    /// <summary>Looks up the questions that these messages answer and that are not among them.</summary>
    public static async Task<QuestionOptions> OfAsync(IWebstream webstream, IReadOnlyList<StreamMessage> messages, CancellationToken cancellationToken)
    {
        var options = new QuestionOptions();
        foreach (var message in messages)
        {
            options.known[message.Id] = message.Options;
        }

        var asked = messages.Where(m => m.InReplyTo is not null).Select(m => m.InReplyTo!.Value).Distinct().Where(id => !options.known.ContainsKey(id));
        foreach (var question in asked.Take(MaxLookups).ToArray())
        {
            var page = await webstream.ReadAsync(new(messages[0].Stream, question with { Sequence = question.Sequence - 1 }, Limit: 1), cancellationToken);
            // The question may be too old to be retained.
            options.known[question] = page.Messages is [var found, ..] && found.Id == question ? found.Options : null;
        }

        return options;
    }

    /// <summary>Whether a reply is one of the options; null when the message replies to no question with options.</summary>
    public bool? AreMet(StreamMessage message) =>
        message.InReplyTo is { } question && known.GetValueOrDefault(question) is { Count: > 0 } options
            ? options.Contains(message.Message.Trim(), StringComparer.Ordinal) || options.Contains(message.Message, StringComparer.Ordinal)
            : null;
}
