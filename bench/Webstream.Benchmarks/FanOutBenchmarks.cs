using BenchmarkDotNet.Attributes;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Benchmarks;

/// <summary>
/// A turn over a thousand listeners without their sockets: messages are appended, and each cursor reads them. The result is for one delivery.
/// </summary>
public class FanOutBenchmarks
{
    private const int Listeners = 1000;

    private readonly byte[] socket = new byte[64 * 1024];
    private readonly StreamMessage message = Sample.Message(Text.Line);
    private readonly FrameBuffer log = Sample.Buffer();
    private readonly FrameCursor[] cursors = new FrameCursor[Listeners];

    [GlobalSetup]
    public void Setup() => Array.Fill(cursors, log.EndCursor);

    [Benchmark(OperationsPerInvoke = Listeners)]
    public long OneMessage() => Turn(1);

    [Benchmark(OperationsPerInvoke = Listeners * 100)]
    public long HundredCoalesced() => Turn(100);

    private long Turn(int messages)
    {
        log.Append(message, messages);
        var delivered = 0L;
        for (var i = 0; i < cursors.Length; i++)
        {
            delivered += cursors[i].ReadAll(socket);
        }

        return delivered;
    }
}
