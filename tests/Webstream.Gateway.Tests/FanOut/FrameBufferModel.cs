using System.Buffers;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.FanOut;

/// <summary>A frame buffer beside the plain list of bytes that it must read as.</summary>
internal sealed class FrameBufferModel
{
    private readonly ArrayBufferWriter<byte> bytes = new();
    private readonly Dictionary<EventId, int> nextFrame = [];
    private EventId position = new(1, 0);

    public FrameBufferModel()
    {
        var rig = new FanOutShards(new(), TestMessages.Memory().Reads, TimeProvider.System, new(TestMessages.Meters()));
        Buffer = new(FrameFormat.Text, Framing.Server, rig, TestMessages.Memory().Frames, position);
    }

    public FrameBuffer Buffer { get; }

    public ReadOnlySpan<byte> Bytes => bytes.WrittenSpan;

    public EventId Position => position;

    /// <summary>The positions after which something was appended, each with the offset of those bytes.</summary>
    public IReadOnlyDictionary<EventId, int> NextFrame => nextFrame;

    public void Append(int padding)
    {
        nextFrame[position] = bytes.WrittenCount;
        position = position with { Sequence = position.Sequence + 1 };
        var message = TestMessages.Numbered(position.Epoch, position.Sequence, padding);
        SseFrame.WriteMessage(bytes, message, FrameFormat.Text);
        Buffer.Append(message);
    }

    public void AppendKeepalive()
    {
        bytes.Write(SseFrame.Keepalive);
        Buffer.AppendKeepalive();
    }

    public void Jump(EventId to)
    {
        var verdict = new ResumeVerdict(ResumeStatus.Gap, position, to, 0, 1);
        SseFrame.WriteResume(bytes, verdict);
        Buffer.Append(verdict, position = to);
    }

    public void MoveTo(EventId to) => Buffer.MoveTo(position = to);

    /// <summary>Reads from a cursor to the end.</summary>
    public static byte[] ReadAll(FrameCursor cursor, int most = 1000)
    {
        var read = new ArrayBufferWriter<byte>();
        for (var part = cursor.Read(most); !part.IsEmpty; part = cursor.Read(most))
        {
            read.Write(part.Span);
        }

        return read.WrittenSpan.ToArray();
    }
}
