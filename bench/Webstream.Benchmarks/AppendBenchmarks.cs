using BenchmarkDotNet.Attributes;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Benchmarks;

/// <summary>A message is appended to the frame buffer: encoded and copied. Only segments are allocated, so about the frame's size.</summary>
public class AppendBenchmarks
{
    private FrameBuffer log = Sample.Buffer();
    private StreamMessage message = Sample.Message(Text.Line);

    [ParamsAllValues]
    public Text Text { get; set; }

    [Params(false, true)]
    public bool Json { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        log = Sample.Buffer(Json);
        message = Sample.Message(Text);
    }

    [Benchmark]
    public void Append() => log.Append(message);
}
