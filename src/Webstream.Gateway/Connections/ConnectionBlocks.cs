using System.Buffers;

namespace Webstream.Gateway.Connections;

/// <summary>
/// The buffers that the web server uses for one connection. Buffers beyond those of a usual request and its answer are charged. When there is
/// no more memory, the connection that asks for it is cut.
/// </summary>
internal sealed class ConnectionBlocks(MemoryPool<byte> pool, ConnectionPlace place) : MemoryPool<byte>
{
    // The weight of these blocks is a part of the connection's own weight.
    private const int Free = 2;

    private Block? spare;
    private int count;

    public override int MaxBufferSize => pool.MaxBufferSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        var memory = pool.Rent(minBufferSize);
        var isCharged = Interlocked.Increment(ref count) > Free && place.TryCharge(memory.Memory.Length);
        var block = Interlocked.Exchange(ref spare, null) ?? new();
        block.Hold(this, memory, isCharged);
        return block;
    }

    protected override void Dispose(bool disposing)
    {
        // The pool belongs to another object.
    }

    private void Return(Block block, IMemoryOwner<byte> memory, bool isCharged)
    {
        Interlocked.Decrement(ref count);
        if (isCharged)
        {
            place.Uncharge(memory.Memory.Length);
        }

        memory.Dispose();
        // Kept for the next block: a quiet connection has none, and a connection that is written to repeatedly shall leave no garbage.
        spare = block;
    }

    private sealed class Block : IMemoryOwner<byte>
    {
        private ConnectionBlocks? owner;
        private IMemoryOwner<byte>? memory;
        private bool isCharged;

        public Memory<byte> Memory => memory?.Memory ?? throw new ObjectDisposedException(nameof(Block));

        public void Hold(ConnectionBlocks owner, IMemoryOwner<byte> memory, bool isCharged) =>
            (this.owner, this.memory, this.isCharged) = (owner, memory, isCharged);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref memory, null) is { } held)
            {
                owner!.Return(this, held, isCharged);
            }
        }
    }
}
