using BenchmarkDotNet.Attributes;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Benchmarks;

/// <summary>A listener catches up: the frames that it has not read are copied to the buffer of its socket. Short messages.</summary>
public class CursorBenchmarks
{
    private const int MaxPerTurn = 64 * 1024;

    private readonly byte[] socket = new byte[MaxPerTurn];
    private readonly FrameBuffer log = Sample.Buffer();
    private FrameCursor cursor;
    private EventId newest;
    private EventId oldest;

    [Params(0, 1, 100)]
    public int BehindBy { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var message = Sample.Message(Text.Line);
        log.Append(message, 1000);
        cursor = log.EndCursor;
        log.Append(message, BehindBy);
        newest = message.Id with { Sequence = log.Messages };
        oldest = newest;
        while (log.TrySeek(oldest with { Sequence = oldest.Sequence - 1 }, out _))
        {
            oldest = oldest with { Sequence = oldest.Sequence - 1 };
        }
    }

    [Benchmark]
    public long Advance()
    {
        var reading = cursor;
        return reading.ReadAll(socket);
    }

    [Benchmark]
    public bool SeekNewest() => log.TrySeek(newest, out _);

    [Benchmark]
    public bool SeekOldest() => log.TrySeek(oldest, out _);
}
