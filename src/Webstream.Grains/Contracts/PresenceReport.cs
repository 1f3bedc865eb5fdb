namespace Webstream.Grains;

/// <summary>A gateway's report on its listeners of one stream: a lease that runs out unless the gateway renews it.</summary>
/// <param name="Gateway">The gateway's name, the same after a restart in the same place.</param>
/// <param name="Incarnation">Rises with every start of the gateway.</param>
/// <param name="Number">Rises with every report of one incarnation, so that a late report cannot undo a newer one.</param>
/// <param name="Clients">How many listeners the gateway holds now.</param>
/// <param name="Epoch">The epoch that the gateway is in.</param>
/// <param name="Position">The sequence that the gateway has reached.</param>
/// <param name="Last">The gateway does not need the stream any more, and sends no other report until it does. Older gateways never say so.</param>
[GenerateSerializer, Alias("webstream.PresenceReport"), Immutable]
public sealed record PresenceReport(
    [property: Id(0)] string Gateway,
    [property: Id(1)] long Incarnation,
    [property: Id(2)] long Number,
    [property: Id(3)] int Clients,
    [property: Id(4)] ulong Epoch,
    [property: Id(5)] long Position,
    [property: Id(6)] bool Last = false)
{
    /// <summary>
    /// <see cref="StreamStatus.Life"/> of the epoch that the gateway is in; 0 from an older gateway. An owner that is behind it has lost what was
    /// known of the stream: it goes on above.
    /// </summary>
    [Id(7)]
    public long Life { get; init; }

    /// <summary>How many of the listeners are pages of unknown origin; 0 from an older gateway, which does not tell them apart.</summary>
    [Id(8)]
    public int Foreign { get; init; }
}
