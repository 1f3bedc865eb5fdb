using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans;
using Webstream.Gateway.FanOut;
using Webstream.Gateway.Streams;
using Webstream.Gateway.Tests.Signing;
using Webstream.Grains.Presence;

namespace Webstream.Gateway.Tests.Streams;

/// <summary>The streams of a gateway without a cluster. One double is the owner of all of them.</summary>
public sealed class RegistryRig : IDisposable
{
    private readonly GrainFactory factory;

    /// <param name="time">The clock.</param>
    public RegistryRig(TimeProvider time)
    {
        var proxy = DispatchProxy.Create<IGrainFactory, GrainFactory>();
        factory = (GrainFactory)(object)proxy;
        var metrics = new GatewayMetrics(TestMessages.Meters());
        var listeners = new ListenerOptions();
        var memory = TestMessages.Memory();
        var shards = new FanOutShards(listeners, memory.Reads, time, metrics);
        var frames = new FrameMemory(memory);
        var options = Options.Create(new HubOptions { Linger = TimeSpan.FromSeconds(15) });
        Registry = new(
            proxy,
            new(
                Feed, new("test", "test", DateTimeOffset.UnixEpoch), shards, frames, TestSecret.Known(), new(NullLogger<StreamTroubles>.Instance), options,
                Options.Create(new PresenceOptions()), metrics, time, NullLogger<GatewayStream>.Instance),
            frames, time, NullLogger<StreamRegistry>.Instance);
        Upkeep = new(Registry, shards, frames, options, Options.Create(listeners), new(), time);
    }

    /// <summary>The streams for which an owner was made, and how often.</summary>
    public IReadOnlyDictionary<string, int> Made => factory.Made;

    internal GrainDouble Grain => factory.Grain;

    internal FeedDouble Feed { get; } = new();

    internal StreamRegistry Registry { get; }

    internal StreamUpkeep Upkeep { get; }

    public void Dispose()
    {
        Upkeep.Dispose();
        Registry.Dispose();
    }

    /// <summary>Makes references to the one double.</summary>
    public class GrainFactory : DispatchProxy
    {
        internal ConcurrentDictionary<string, int> Made { get; } = new();

        internal GrainDouble Grain { get; } = new();

        protected override object Invoke(MethodInfo? targetMethod, object?[]? args)
        {
            Made.AddOrUpdate((string)args![0]!, 1, (_, times) => times + 1);
            return Grain;
        }
    }
}
