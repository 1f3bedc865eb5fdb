using System.Buffers;
using System.IO.Pipelines;
using Webstream.Gateway.Connections;

namespace Webstream.Gateway.Tests.Connections;

public sealed class ConnectionBlocksTests : IDisposable
{
    private const int Block = 4096;

    private readonly PlacesRig rig = new(memory: 16 * ConnectionPlace.ServedWeight);
    private readonly BlockPool pool = new();

    [Fact]
    public async Task Blocks_BeyondTwo_AreChargedUntilTheyAreReturned()
    {
        var (place, _) = await rig.ServeAsync();
        using var blocks = new ConnectionBlocks(pool, place);
        var own = rig.Share.Used;
        var rented = Enumerable.Range(0, 5).Select(_ => blocks.Rent()).ToList();
        rig.Share.Used.ShouldBe(own + (3 * Block));
        rented.ShouldAllBe(block => block.Memory.Length == Block);

        rented.ForEach(block => block.Dispose());

        rig.Share.Used.ShouldBe(own);
        pool.Rented.ShouldBe(0);
        Should.Throw<ObjectDisposedException>(() => rented[0].Memory.Length);
    }

    [Fact]
    public async Task Blocks_BeyondTheShare_CutTheConnectionAndAreServedMeanwhile()
    {
        var (place, connection) = await rig.ServeAsync();
        using var blocks = new ConnectionBlocks(pool, place);
        var most = (int)(rig.Share.Limit / Block);

        var rented = Enumerable.Range(0, most).Select(_ => blocks.Rent()).ToList();

        await Until.TrueAsync(() => connection.IsCut);
        rig.Share.Used.ShouldBeLessThanOrEqualTo(rig.Share.Limit);
        rented.ForEach(block => block.Dispose());
        rig.Share.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Pipe_ThatIsWrittenToAndReadAgainAndAgain_LeavesNoGarbage()
    {
        var (place, _) = await rig.ServeAsync();
        using var blocks = new ConnectionBlocks(pool, place);
        var pipe = new Pipe(new(blocks, PipeScheduler.Inline, PipeScheduler.Inline, useSynchronizationContext: false));

        Allocations.Of(() =>
        {
            pipe.Writer.Write("data: hello\n\n"u8);
            pipe.Writer.FlushAsync().IsCompletedSuccessfully.ShouldBeTrue();
            pipe.Reader.TryRead(out var read).ShouldBeTrue();
            pipe.Reader.AdvanceTo(read.Buffer.End);
        }).ShouldBe(0);
    }

    public void Dispose()
    {
        rig.Dispose();
        pool.Dispose();
    }

    /// <summary>Hands out blocks like the web server's pool; the same ones again and again.</summary>
    private sealed class BlockPool : MemoryPool<byte>
    {
        private readonly Queue<Owned> free = new();

        public int Rented { get; private set; }

        public override int MaxBufferSize => Block;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            Rented++;
            return free.TryDequeue(out var owned) ? owned : new Owned(this);
        }

        protected override void Dispose(bool disposing)
        {
        }

        private sealed class Owned(BlockPool pool) : IMemoryOwner<byte>
        {
            public Memory<byte> Memory { get; } = new byte[Block];

            public void Dispose()
            {
                pool.Rented--;
                pool.free.Enqueue(this);
            }
        }
    }
}
