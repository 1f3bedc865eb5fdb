using System.Buffers;

namespace Webstream.Protocol.Tests.Sse;

/// <summary>
/// A frame is written once for all listeners, and even that leaves no garbage. The options of a question are not tested here: in JSON their
/// enumeration allocates a few hundred bytes.
/// </summary>
public sealed class SseFrameAllocationTests
{
    private const int Rounds = 100;

    private static readonly StreamMessage Bare = new()
    {
        Id = new(0xfedc_ba98_7654_3210, 1_234_567),
        Stream = StreamName.Parse("builds"),
        Timestamp = new DateTimeOffset(2025, 11, 11, 12, 34, 56, TimeSpan.Zero).AddTicks(7_890_120),
        Message = "build 4711 is done",
    };

    private readonly ArrayBufferWriter<byte> buffer = new(256 * 1024);

    public static TheoryData<string, StreamMessage> Messages { get; } = new()
    {
        { "bare", Bare },
        { "full", Bare with { Event = "question", Source = "jänner", SourceVerified = true, InReplyTo = new(1, 2) } },
        { "lines", Bare with { Message = string.Concat(Enumerable.Repeat("one\ntwo\r\nthree\r", 20)) } },
        { "1 KB", Bare with { Message = new('x', 1024) } },
        { "16 KB", Bare with { Message = string.Concat(Enumerable.Repeat("größer \"als\" nötig \U0001F600\n", 700)) } },
    };

    public static FrameFormat[] Formats { get; } = [new(false, false), new(false, true), new(true, false), new(true, true)];

    [Theory]
    [MemberData(nameof(Messages))]
    public void WriteMessage_IntoABufferThatIsUsedAgain_AllocatesNothing(string name, StreamMessage message)
    {
        foreach (var format in Formats)
        {
            Of(() => SseFrame.WriteMessage(buffer, message, format)).ShouldBe(0, $"{name}, {format}");
        }
    }

    [Fact]
    public void WriteResume_IntoABufferThatIsUsedAgain_AllocatesNothing()
    {
        var verdict = new ResumeVerdict(ResumeStatus.Gap, new(1, 2), new(3, 4), 5, 6);

        Of(() => SseFrame.WriteResume(buffer, verdict)).ShouldBe(0);
    }

    private long Of(Action write) => Allocations.Of(() =>
    {
        for (var i = 0; i < Rounds; i++)
        {
            buffer.ResetWrittenCount();
            write();
        }
    });
}
