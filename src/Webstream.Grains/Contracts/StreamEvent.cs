using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>What goes over the memory stream: messages just committed, or, when there are none, only the word that the head has moved.</summary>
/// <param name="Epoch">The epoch they belong to.</param>
/// <param name="Head">The stream's head when the event was sent: at least the last message's sequence.</param>
/// <param name="Activation">The life of the grain that sent it.</param>
/// <param name="Messages">At most 256 consecutive messages of at most 256 KiB; a record over 1 MiB would take others down with it.</param>
[GenerateSerializer, Alias("webstream.StreamEvent"), Immutable]
public sealed record StreamEvent(
    [property: Id(0)] ulong Epoch,
    [property: Id(1)] long Head,
    [property: Id(2)] Guid Activation,
    [property: Id(3)] StreamMessage[] Messages);
