using System.Text;

namespace Webstream.Cluster.Tests.Load;

/// <summary>An event of a stream.</summary>
internal readonly record struct SseEvent(string? Id, string Type, string Data);

/// <summary>Parses an event stream. As in browsers, an event counts when its blank line is there.</summary>
internal sealed class SseReader(Stream source) : IDisposable
{
    private readonly StreamReader reader = new(source, Encoding.UTF8);

    /// <summary>How many comments came.</summary>
    public int Comments { get; private set; }

    public void Dispose() => reader.Dispose();

    /// <summary>The next event, or a comment as an event without a type; none: the connection has ended.</summary>
    public async Task<SseEvent?> NextAsync(CancellationToken cancellationToken)
    {
        var (id, type, data) = ((string?)null, "message", (StringBuilder?)null);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                if (data is not null)
                {
                    return new(id, type, data.ToString());
                }

                (id, type) = (null, "message");
                continue;
            }

            var colon = line.IndexOf(": ", StringComparison.Ordinal);
            var (field, value) = colon < 0 ? (line, "") : (line[..colon], line[(colon + 2)..]);
            switch (field)
            {
                case "":
                    Comments++;
                    return new(null, "", value);
                case "id":
                    id = value;
                    break;
                case "event":
                    type = value;
                    break;
                case "data":
                    data = data is null ? new(value) : data.Append('\n').Append(value);
                    break;
            }
        }

        return null;
    }
}
