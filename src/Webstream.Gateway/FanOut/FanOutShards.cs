using Webstream.Gateway.Ending;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.FanOut;

/// <summary>
/// The loops that write to all listeners of this gateway: one for each processor but one, which is left for the rest of the work. One loop more
/// would take time from the others: each turn finds fewer messages, and more writes are needed for the same deliveries.
/// </summary>
internal sealed class FanOutShards
{
    private readonly FanOutShard[] shards;

    /// <param name="options">How listeners are served.</param>
    /// <param name="memory">The share that listeners that cannot take more are charged to.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">Counts the written bytes.</param>
    /// <param name="end">Ends the process when a loop cannot go on.</param>
    public FanOutShards(ListenerOptions options, FairShare memory, TimeProvider time, GatewayMetrics metrics, ProcessEnd? end = null)
    {
        shards = new FanOutShard[Math.Max(1, Environment.ProcessorCount - 1)];
        for (var i = 0; i < shards.Length; i++)
        {
            shards[i] = new(options, memory, time, metrics, end);
        }
    }

    /// <summary>The groups of a frame buffer's listeners: one for each shard.</summary>
    public FanOutGroup[] GroupsFor(FrameBuffer log) => Array.ConvertAll(shards, shard => new FanOutGroup(shard, log));

    /// <summary>Cuts the listeners that are too far behind. Called every second.</summary>
    public void Sweep()
    {
        foreach (var shard in shards)
        {
            shard.Sweep();
        }
    }
}
