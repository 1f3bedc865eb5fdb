using Webstream.Gateway.Ending;
using Webstream.Gateway.Memory;

namespace Webstream.Gateway.FanOut;

/// <summary>
/// The loops that write to all listeners of this gateway: one for each processor but one, which the rest of the work has. With one more the
/// loops take each other's time: each turn finds fewer messages, and more writes are needed for the same deliveries.
/// </summary>
internal sealed class FanOutShards
{
    private readonly FanOutShard[] shards;

    /// <param name="options">How listeners are served.</param>
    /// <param name="memory">What is charged for those that cannot take more.</param>
    /// <param name="time">The clock.</param>
    /// <param name="metrics">What is counted.</param>
    /// <param name="end">Ends the process when a loop cannot go on.</param>
    public FanOutShards(ListenerOptions options, FairShare memory, TimeProvider time, GatewayMetrics metrics, ProcessEnd? end = null)
    {
        shards = new FanOutShard[Math.Max(1, Environment.ProcessorCount - 1)];
        for (var i = 0; i < shards.Length; i++)
        {
            shards[i] = new(options, memory, time, metrics, end);
        }
    }

    /// <summary>The groups through which a log's listeners are served.</summary>
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
