using System.IO.Pipelines;
using Webstream.Gateway.FanOut;
using Webstream.Protocol;

namespace Webstream.Gateway.Tests.FanOut;

/// <summary>
/// A message allocates its bytes and its place in a segment, once. A delivery allocates nothing. All work is done, and counted, on the test's own
/// thread.
/// </summary>
public sealed class FanOutAllocationTests
{
    private const int LargestSegment = 64 * 1024;

    private static readonly StreamMessage Message = TestMessages.Numbered(FanOutRig.Epoch, 1, padding: 40) with { Event = "done", Source = "test" };

    private readonly FanOutRig rig = new();
    private readonly byte[] sink = new byte[LargestSegment];

    public static TheoryData<bool, bool> Formats { get; } = new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [MemberData(nameof(Formats))]
    public void Append_ManyMessages_AllocatesSegmentsAndTheirIndexAlone(bool json, bool typed)
    {
        const int Count = 10_000;
        var log = new FrameBuffer(new(json, typed), Framing.Server, rig.Shards, rig.Memory.Frames, new(FanOutRig.Epoch, 0));
        AppendSegments(log, 4);
        var start = log.End;
        var allocating = 0;
        var allocated = 0L;

        for (var i = 0; i < Count; i++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            log.Append(Message);
            var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            allocated += bytes;
            allocating += bytes > 0 ? 1 : 0;
        }

        var frame = (log.End - start) / Count;
        var segments = (Count / (LargestSegment / frame)) + 1;
        // An index that doubles leaves its smaller arrays as garbage: at most four places of four bytes for each message that it holds.
        var doublings = (int)Math.Log2(LargestSegment / frame) + 1;
        allocating.ShouldBeLessThanOrEqualTo((int)segments * doublings);
        allocated.ShouldBeLessThanOrEqualTo((segments * (LargestSegment + 1024)) + (Count * 16));
    }

    [Fact]
    public void AppendKeepalive_WithinASegment_AllocatesNothing()
    {
        AppendSegments(rig.Buffer, 4);
        rig.Buffer.MoveTo(new(FanOutRig.Epoch + 1, 0));

        Allocations.Of(rig.Buffer.AppendKeepalive).ShouldBe(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    [InlineData(5000)]
    public void Read_ByManyListeners_AllocatesNothing(int behindBy)
    {
        var start = rig.Buffer.EndCursor;
        rig.Append(behindBy);
        var listeners = new FrameCursor[1000];
        var read = 0L;

        Allocations.Of(ReadAll, prepare: () => Array.Fill(listeners, start)).ShouldBe(0);
        listeners.ShouldAllBe(listener => listener.Position == rig.Buffer.End);
        (read % (rig.Buffer.End * listeners.Length)).ShouldBe(0);

        void ReadAll()
        {
            for (var i = 0; i < listeners.Length; i++)
            {
                for (var part = listeners[i].Read(sink.Length); !part.IsEmpty; part = listeners[i].Read(sink.Length))
                {
                    part.CopyTo(sink);
                    read += part.Length;
                }
            }
        }
    }

    [Fact]
    public void Seek_AmongTheRecent_AllocatesNothing()
    {
        rig.Append(1000);
        var found = 0;

        Allocations.Of(() =>
        {
            for (var sequence = 0; sequence <= 1000; sequence++)
            {
                found += rig.Buffer.TrySeek(new(FanOutRig.Epoch, sequence), out _) ? 1 : 0;
            }
        }).ShouldBe(0);
        found.ShouldBeGreaterThan(0);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Turn_OverManyListeners_AllocatesNothing(int behindBy)
    {
        var clients = Enumerable.Range(0, 1000).Select(_ => new Client()).ToArray();
        var ended = clients.Select(client => rig.Follow(client, () => { }).FollowAsync()).ToArray();
        await rig.TurnAsync();

        // Nothing is signalled, so the shard rests and the test can take its turn here.
        Allocations.Of(((IShardWork)rig.Group).Run, prepare: () => rig.Append(behindBy)).ShouldBe(0);
        clients.ShouldAllBe(client => client.Received == rig.Buffer.End);
        ended.ShouldAllBe(end => !end.IsCompleted);
    }

    [Fact]
    public async Task Signal_ToAShardWithListeners_AllocatesNothing()
    {
        rig.Follow();
        await rig.TurnAsync();

        Allocations.Of(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                rig.Buffer.Signal();
            }
        }).ShouldBe(0);
    }

    private static void AppendSegments(FrameBuffer log, int count)
    {
        // The first segments are smaller. After them, the scratch buffer and the JSON writer have grown to their size.
        for (var end = log.End + (count * LargestSegment); log.End < end;)
        {
            log.Append(Message);
        }
    }

    /// <summary>Accepts every write at once, into the same memory.</summary>
    private sealed class Client : PipeWriter
    {
        private readonly byte[] buffer = new byte[16 * 1024];

        public long Received { get; private set; }

        public override void Advance(int bytes) => Received += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0) => buffer;

        public override Span<byte> GetSpan(int sizeHint = 0) => buffer;

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default) => default;

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }
}
