using System.Collections.Concurrent;
using Webstream.Grains;
using Webstream.Protocol;

namespace Webstream.Gateway.Streams;

/// <summary>
/// The owners of streams. A reference is good for ever, wherever the grain is, and making one is a twentieth of a push.
/// </summary>
internal sealed class StreamGrains(IGrainFactory grains)
{
    /// <summary>How many are kept; anybody who may push names streams.</summary>
    public const int Most = 10_000;

    private readonly ConcurrentDictionary<StreamName, StreamOwner> owners = new();

    /// <summary>The owner of a stream.</summary>
    public IStreamGrain Of(StreamName stream) => OwnerOf(stream).Grain;

    /// <summary>The owner of a stream, if it is known here.</summary>
    public StreamOwner? Find(StreamName stream) => owners.GetValueOrDefault(stream);

    /// <summary>The owner of a stream, for pushes.</summary>
    public StreamOwner OwnerOf(StreamName stream) => owners.TryGetValue(stream, out var known) ? known : Add(stream);

    private StreamOwner Add(StreamName stream)
    {
        // All of them, because those in use are soon made again.
        if (owners.Count >= Most)
        {
            owners.Clear();
        }

        return owners.GetOrAdd(stream, new StreamOwner(grains.GetGrain<IStreamGrain>(stream.Value)));
    }
}
