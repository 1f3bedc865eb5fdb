using System.Text;
using System.Text.Json;
using Webstream.Protocol;

namespace Webstream.Tools;

/// <summary>Chooses how much of the messages fits into an answer. The answer has each message twice: in its text and in its members.</summary>
internal static class MessageViews
{
    // The rest of an answer's bound is for our own text.
    private const int Room = ToolAnswer.MaxBytes - (5 * 1024);

    // The bytes of a message's line and its prefixes in the text, besides what both forms share.
    private const int LineOverhead = 160;

    private const int RoomForOptions = 3 * 1024;

    private const int RoomForOthers = 10 * 1024;

    /// <summary>As many messages as fit, from the first on, and at least one. If the first is too long, only its beginning.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="options">The options of the questions that they answer.</param>
    /// <param name="besideOthers">Whether <see cref="Others"/> stand in the answer besides.</param>
    public static IReadOnlyList<MessageView> First(IReadOnlyList<StreamMessage> messages, QuestionOptions options, bool besideOthers = false)
    {
        var left = besideOthers ? Room - RoomForOthers : Room;
        var views = new List<MessageView>();
        foreach (var message in messages)
        {
            var view = View(message, options);
            if (Cost(view) > left)
            {
                if (views.Count == 0)
                {
                    views.Add(Cut(view, message.Message, 0, left));
                }

                break;
            }

            left -= Cost(view);
            views.Add(view);
        }

        return views;
    }

    /// <summary>The same from the last message on, for callers that want the newest messages.</summary>
    public static IReadOnlyList<MessageView> Last(IReadOnlyList<StreamMessage> messages, QuestionOptions options, bool besideOthers = false) =>
        [.. First([.. messages.Reverse()], options, besideOthers).Reverse()];

    /// <summary>The messages that a read passed over, each short enough for all of them to stand beside what was asked for.</summary>
    public static IReadOnlyList<MessageView> Others(IReadOnlyList<StreamMessage> messages)
    {
        var room = RoomForOthers / FilteredRead.MostOthers;
        return
        [
            .. messages.Select(message =>
            {
                var view = View(message, new()) with { Options = null };
                return Cost(view) > room ? Cut(view, message.Message, 0, room) : view;
            }),
        ];
    }

    private static MessageView View(StreamMessage message, QuestionOptions options) => new()
    {
        Id = message.Id.ToString(),
        Timestamp = Timestamp.Format(message.Timestamp),
        Event = message.Event,
        Source = message.Source is { } source ? VisibleText.Short(source, 6 * PushRules.MaxSourceLength) : null,
        SourceVerified = message.Source is null ? null : message.SourceVerified,
        InReplyTo = message.InReplyTo?.ToString(),
        Options = message.Options is { } offered ? Fitting(offered) : null,
        AmongOptions = options.AreMet(message),
        Text = VisibleText.Of(message.Message),
    };

    /// <summary>A part of one message: as much as fits.</summary>
    /// <param name="message">The message.</param>
    /// <param name="options">The options of the question that it answers.</param>
    /// <param name="offset">Where the part begins: bytes of UTF-8, at the beginning of a character.</param>
    public static MessageView Part(StreamMessage message, QuestionOptions options, int offset)
    {
        var bytes = Encoding.UTF8.GetBytes(message.Message);
        var rest = Encoding.UTF8.GetString(bytes.AsSpan(offset));
        var view = View(message, options) with
        {
            Text = VisibleText.Of(rest),
            Offset = offset > 0 ? offset : null,
            CutFromBytes = offset > 0 ? bytes.Length : null,
        };
        return Cost(view) <= Room ? view : Cut(view, rest, offset, Room);
    }

    // The raw text is cut, so that the next part can begin exactly there.
    private static MessageView Cut(MessageView view, string rest, int offset, int room)
    {
        // An escape is longer than the character that it stands for, so the first try may still be too long.
        for (var bytes = room / 2; ; bytes -= bytes / 8)
        {
            var part = VisibleText.Cut(rest, bytes);
            // CR LF is one end of a line, and would be two in two parts.
            part = part.Length > 1 && part[^1] == '\r' && part.Length < rest.Length && rest[part.Length] == '\n' ? part[..^1] : part;
            var cut = view with
            {
                Text = VisibleText.Of(part),
                CutFromBytes = offset + Encoding.UTF8.GetByteCount(rest),
                NextOffset = offset + Encoding.UTF8.GetByteCount(part),
            };
            if (Cost(cut) <= room || bytes < 8)
            {
                return cut;
            }
        }
    }

    private static string[] Fitting(IReadOnlyList<string> options)
    {
        var left = RoomForOptions;
        var shown = options.Select(option => VisibleText.Short(option, PushRules.MaxOptionLength))
            .TakeWhile(option => (left -= Encoding.UTF8.GetByteCount(option)) >= 0).ToArray();
        return shown.Length == options.Count ? shown : [.. shown, $"… and {options.Count - shown.Length} more"];
    }

    private static int Cost(MessageView view) =>
        (2 * JsonSerializer.SerializeToUtf8Bytes(view, ToolJson.Instance.MessageView).Length) + LineOverhead + (3 * view.Text.Count(c => c == '\n'));
}
