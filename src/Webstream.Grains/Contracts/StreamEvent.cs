using Webstream.Protocol;

namespace Webstream.Grains;

/// <summary>An event on the memory stream: messages just committed, or, without messages, only the notice that the head has moved.</summary>
/// <param name="Epoch">The epoch of the messages.</param>
/// <param name="Head">The stream's head when the event was sent: at least the last message's sequence.</param>
/// <param name="Activation">The activation of the grain that sent it.</param>
/// <param name="Messages">At most 256 consecutive messages of at most 256 KiB; a record over 1 MiB would make others fail with it.</param>
[GenerateSerializer, Alias("webstream.StreamEvent"), Immutable]
public sealed record StreamEvent(
    [property: Id(0)] ulong Epoch,
    [property: Id(1)] long Head,
    [property: Id(2)] Guid Activation,
    [property: Id(3)] StreamMessage[] Messages);
