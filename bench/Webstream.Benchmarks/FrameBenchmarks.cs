using System.Buffers;
using BenchmarkDotNet.Attributes;
using Webstream.Protocol;

namespace Webstream.Benchmarks;

/// <summary>A message becomes a frame: once for each format that somebody listens in.</summary>
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
