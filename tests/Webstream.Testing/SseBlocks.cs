using System.Text;

namespace Webstream.Testing;

/// <summary>An event of a stream.</summary>
public readonly record struct SseBlock(string? Id, string Type, string Data);

/// <summary>
/// Parses an event stream, in whatever pieces it comes. As in browsers, a block counts when its blank line is there. Only LF ends a line.
/// </summary>
/// <param name="withComments">Whether a comment is a block too, of type "" and with its text.</param>
public sealed class SseBlocks(bool withComments = false)
{
    private readonly Queue<SseBlock> complete = [];
    private readonly List<byte> line = [];
    private string? id;
    private string type = "";
    private StringBuilder? data;

    /// <summary>The id with which a browser would resume: that of the last complete block that had one.</summary>
    public string? LastId { get; private set; }

    /// <summary>The id with which clients would resume that take an id when they read its line.</summary>
    public string? LastIdRead { get; private set; }

    /// <summary>How many comments came.</summary>
    public int Comments { get; private set; }

    /// <summary>Takes the next block that is complete.</summary>
    public bool TryTake(out SseBlock block) => complete.TryDequeue(out block);

    /// <summary>Takes the next bytes of the stream.</summary>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        for (var end = bytes.IndexOf((byte)'\n'); end >= 0; end = bytes.IndexOf((byte)'\n'))
        {
            line.AddRange(bytes[..end]);
            TakeLine(Encoding.UTF8.GetString([.. line]));
            line.Clear();
            bytes = bytes[(end + 1)..];
        }

        line.AddRange(bytes);
    }

    private void TakeLine(string text)
    {
        if (text.Length == 0)
        {
            LastId = id ?? LastId;
            if (data is not null)
            {
                complete.Enqueue(new(id, type.Length > 0 ? type : "message", data.ToString()));
            }

            (id, type, data) = (null, "", null);
            return;
        }

        var (field, value) = text.Split(": ", 2) is [var f, var v] ? (f, v) : (text, "");
        switch (field)
        {
            case "":
                Comments++;
                if (withComments)
                {
                    complete.Enqueue(new(null, "", value));
                }

                break;
            case "id":
                (id, LastIdRead) = (value, value);
                break;
            case "event":
                type = value;
                break;
            case "data":
                data = data is null ? new(value) : data.Append('\n').Append(value);
                break;
        }
    }
}
