using System.Text;
using System.Text.Json;
using Webstream.Bench.Http;

namespace Webstream.Bench.Pushing;

/// <summary>The server's answer to a push.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Clients">The count of listeners, or -1 when the answer does not have it.</param>
/// <param name="Accepted">How many messages of a batch were taken, or -1 when the answer does not say.</param>
/// <param name="Settled">False for an answer whose count is not promised to be exact.</param>
internal readonly record struct PushAnswer(int Status, int Clients, int Accepted, bool Settled)
{
    /// <summary>Reads the answer. False while it is not complete.</summary>
    /// <param name="received">All bytes since the push was sent.</param>
    /// <param name="scratch">Room for the body, at least as long.</param>
    /// <param name="answer">The answer, when it is complete.</param>
    public static bool TryRead(ReadOnlySpan<byte> received, Span<byte> scratch, out PushAnswer answer)
    {
        answer = default;
        if (!ResponseHead.TryRead(received, out var head))
        {
            return false;
        }

        var body = scratch[..(received.Length - head.Length)];
        received[head.Length..].CopyTo(body);
        if (head.Chunked)
        {
            var chunks = default(ChunkedBody);
            body = body[..chunks.Decode(body)];
            if (!chunks.Ended)
            {
                return false;
            }
        }
        else if (body.Length < head.ContentLength)
        {
            return false;
        }

        answer = ReadMembers(body) with { Status = head.Status };
        return true;
    }

    /// <summary>The answer's text, for a person who wants to know why a push failed.</summary>
    public static string Excerpt(ReadOnlySpan<byte> received)
    {
        var text = Encoding.UTF8.GetString(received[..Math.Min(received.Length, 2000)]);
        var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var body = end < 0 ? "" : text[(end + 4)..].ReplaceLineEndings(" ");
        return $"{text.Split('\r')[0]} {(body.Length > 200 ? body[..200] : body)}";
    }

    private static PushAnswer ReadMembers(ReadOnlySpan<byte> body)
    {
        var answer = new PushAnswer(0, -1, -1, true);
        try
        {
            var json = new Utf8JsonReader(body);
            while (json.Read())
            {
                if (json.TokenType != JsonTokenType.PropertyName || json.CurrentDepth != 1)
                {
                    continue;
                }

                var (clients, accepted, settled) = (json.ValueTextEquals("clients"u8), json.ValueTextEquals("accepted"u8), json.ValueTextEquals("settled"u8));
                json.Read();
                if (clients && json.TokenType == JsonTokenType.Number)
                {
                    answer = answer with { Clients = json.GetInt32() };
                }
                else if (accepted && json.TokenType == JsonTokenType.Number)
                {
                    answer = answer with { Accepted = json.GetInt32() };
                }
                else if (settled && json.TokenType == JsonTokenType.False)
                {
                    answer = answer with { Settled = false };
                }
            }
        }
        catch (JsonException)
        {
            // A body that is not JSON has no members: the caller sees that they are missing.
            return answer;
        }

        return answer;
    }
}
