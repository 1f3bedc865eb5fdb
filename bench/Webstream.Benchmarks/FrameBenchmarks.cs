using System.Buffers;
using BenchmarkDotNet.Attributes;
using Webstream.Protocol;

namespace Webstream.Benchmarks;

/// <summary>A message is encoded as a frame: once for each format that has listeners.</summary>
public class FrameBenchmarks
{
    private readonly ArrayBufferWriter<byte> buffer = new(64 * 1024);
    private StreamMessage message = Sample.Message(Text.Line);

    [ParamsAllValues]
    public Text Text { get; set; }

    [Params(false, true)]
    public bool Json { get; set; }

    [GlobalSetup]
    public void Setup() => message = Sample.Message(Text);

    [Benchmark]
    public int Encode()
    {
        buffer.ResetWrittenCount();
        SseFrame.WriteMessage(buffer, message, new(Json, Typed: false));
        return buffer.WrittenCount;
    }
}
