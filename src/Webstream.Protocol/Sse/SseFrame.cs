using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Webstream.Protocol;

/// <summary>
/// Writes the blocks of an event stream (WHATWG HTML, 9.2.6 "Interpreting an event stream"). Lines end in LF alone;
/// <c>data: </c> keeps its space, also when empty; <c>event</c> precedes <c>data</c>, and <c>id</c> is a block's last line.
/// </summary>
/// <remarks>
/// In the specification the order of fields has no meaning. But some clients store an id when they read its line. They would resume after
/// a message of which they got only the beginning: see docs/decisions/0015-ids-last.md.
/// </remarks>
public static class SseFrame
{
    private static readonly JsonWriterOptions JsonOptions = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    [ThreadStatic]
    private static Utf8JsonWriter? jsonWriter;

    /// <summary>The comment that keeps a quiet connection alive.</summary>
    public static ReadOnlySpan<byte> Keepalive => ": keepalive\n\n"u8;

    /// <summary>The comment for a listener that waits long until the cluster has counted it.</summary>
    public static ReadOnlySpan<byte> Waiting => ": waiting for the cluster\n"u8;

    /// <summary>Writes a message.</summary>
    public static void WriteMessage(IBufferWriter<byte> output, StreamMessage message, FrameFormat format)
    {
        if (message.IsEnd)
        {
            WriteEndOfStream(output, message.Id, message.Timestamp);
            return;
        }

        if (format.Typed && message.Event is { } type)
        {
            output.Write("event: "u8);
            Encoding.UTF8.GetBytes(type, output);
            output.Write("\n"u8);
        }

        output.Write("data: "u8);
        if (format.Json)
        {
            WriteJson(output, message, WireJson.Instance.StreamMessage);
        }
        else
        {
            var prefix = output.GetSpan(Timestamp.Length + 3);
            prefix[0] = (byte)'[';
            Timestamp.Format(message.Timestamp, prefix[1..]);
            "] "u8.CopyTo(prefix[(Timestamp.Length + 1)..]);
            output.Advance(Timestamp.Length + 3);
            WriteLines(output, message.Message);
        }

        WriteEnd(output, message.Id);
    }

    /// <summary>Writes the end mark of a closed stream. Its form and its type are the same in every format.</summary>
    public static void WriteEndOfStream(IBufferWriter<byte> output, EventId id, DateTimeOffset timestamp)
    {
        output.Write("event: end\ndata: "u8);
        WriteJson(output, new EndRecord(id, timestamp), WireJson.Instance.EndRecord);
        WriteEnd(output, id);
    }

    /// <summary>Writes the last event of a listener that may not listen, or not any more. It has no id, because it is not a position.</summary>
    public static void WriteDenied(IBufferWriter<byte> output, string error)
    {
        output.Write("event: denied\ndata: "u8);
        WriteJson(output, new DeniedRecord(error), WireJson.Instance.DeniedRecord);
        output.Write("\n\n"u8);
    }

    /// <summary>
    /// Writes the first event of every connection. Its id is the position after which the first message comes.
    /// </summary>
    public static void WriteConnected(IBufferWriter<byte> output, StreamName stream, EventId start, DateTimeOffset now, FrameFormat format)
    {
        output.Write("data: "u8);
        var text = $"Connected at {Timestamp.Format(now)}";
        if (format.Json)
        {
            WriteJson(output, new ConnectedRecord(start, stream, now, EventType.Open, text), WireJson.Instance.ConnectedRecord);
        }
        else
        {
            Encoding.UTF8.GetBytes(text, output);
        }

        WriteEnd(output, start);
    }

    /// <summary>Writes the verdict on a resume. It has no id, because it is not a position.</summary>
    public static void WriteResume(IBufferWriter<byte> output, ResumeVerdict verdict)
    {
        output.Write("event: resume\ndata: "u8);
        WriteJson(output, verdict, WireJson.Instance.ResumeVerdict);
        output.Write("\n\n"u8);
    }

    /// <summary>
    /// Writes the first block of every response: how long a client waits before it reconnects. The block has no data, so it dispatches
    /// nothing. But a client may have kept half a message over the reconnect. It dispatches that half here as an event <c>cut</c>, instead
    /// of putting it before the first message.
    /// </summary>
    public static void WriteOpening(IBufferWriter<byte> output, TimeSpan retry) =>
        Encoding.UTF8.GetBytes($"retry: {(long)retry.TotalMilliseconds}\nevent: cut\n\n", output);

    private static void WriteEnd(IBufferWriter<byte> output, EventId id)
    {
        output.Write("\nid: "u8);
        id.TryFormat(output.GetSpan(EventId.MaxLength), out var written, default, null);
        output.Advance(written);
        output.Write("\n\n"u8);
    }

    // CR, LF and CRLF each end a line in the format, so each starts a new data field here: no text can leave its data field.
    private static void WriteLines(IBufferWriter<byte> output, ReadOnlySpan<char> text)
    {
        while (true)
        {
            var end = text.IndexOfAny('\r', '\n');
            if (end < 0)
            {
                Encoding.UTF8.GetBytes(text, output);
                return;
            }

            Encoding.UTF8.GetBytes(text[..end], output);
            output.Write("\ndata: "u8);
            var crlf = text[end] == '\r' && end + 1 < text.Length && text[end + 1] == '\n';
            text = text[(end + (crlf ? 2 : 1))..];
        }
    }

    [SuppressMessage("Reliability", "CA2000", Justification = "Kept for the thread's next frame.")]
    private static void WriteJson<T>(IBufferWriter<byte> output, T value, JsonTypeInfo<T> type)
    {
        var writer = jsonWriter ??= new Utf8JsonWriter(output, JsonOptions);
        writer.Reset(output);
        JsonSerializer.Serialize(writer, value, type);
        writer.Flush();
        // Without this the writer would keep the buffer of a stream that is gone.
        writer.Reset(NullBufferWriter.Instance);
    }

    // The writer's output between frames. For Stream.Null the writer would allocate a buffer each time.
    private sealed class NullBufferWriter : IBufferWriter<byte>
    {
        public static readonly NullBufferWriter Instance = new();

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => default;

        public Span<byte> GetSpan(int sizeHint = 0) => default;
    }
}
